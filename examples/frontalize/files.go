package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// endings of the files that are looked at in folders.
var endings = []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"}

// list returns the photos that the arguments name, each once, folders in the order of
// names.
func list(args []string) ([]string, error) {
	var files []string
	seen := map[string]bool{}
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			files = append(files, path)
		}
	}
	for _, arg := range args {
		if !isDir(arg) {
			add(arg) // if it is not there, that is said of this file alone
			continue
		}
		err := filepath.WalkDir(arg, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && slices.Contains(endings, strings.ToLower(filepath.Ext(path))) {
				add(path)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errInput, err)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: no photos (%s) in %s", errInput, strings.Join(endings, ", "), strings.Join(args, ", "))
	}
	return files, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

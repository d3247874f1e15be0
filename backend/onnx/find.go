//go:build onnx && cgo

package onnx

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/compute-onnx/support/onnxruntime"
)

// pathEnv is the environment variable with the library's file, or with its folder.
const pathEnv = "ONNXRUNTIME_SHARED_LIBRARY_PATH"

// find returns the library's file, "" if there is none.
func find() (string, error) {
	file, err := onnxruntime.GetLibFilename()
	if err != nil {
		return "", fmt.Errorf("onnx: %w", err)
	}
	if named := os.Getenv(pathEnv); named != "" {
		info, err := os.Stat(named)
		if err == nil && info.IsDir() {
			named = filepath.Join(named, file)
			_, err = os.Stat(named)
		}
		if err != nil {
			return "", fmt.Errorf("onnx: %s: %w", pathEnv, err)
		}
		return filepath.Abs(named)
	}
	if dir, err := onnxruntime.GetInstallPath(); err == nil {
		path := filepath.Join(dir, file)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	if b, ok := bundles[host]; ok {
		if dir, ok := b.Find(); ok {
			return filepath.Join(dir, file), nil
		}
	}
	return "", nil
}

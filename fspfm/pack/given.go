package pack

import (
	"io/fs"
	"path"

	"github.com/pifr-go/pifr/internal/fetch"
)

// From adds files that the program has itself, such as an embed.FS or an open zip
// archive: models are taken from it, ahead of all folders and the cache, if it has a file
// of the right name, length and hash, directly or in a folder of the pack's name. A
// program that has all of a pack so needs no folder, no cache and no network, as in a
// browser or as a single file.
func From(files fs.FS) Option {
	return func(c *config) { c.given = append(c.given, files) }
}

// fromGiven returns the model's file in the program's own files, if it is there.
func (s *store) fromGiven(m Model, f File) (Entry, bool) {
	for _, files := range s.given {
		for _, name := range []string{f.Name, path.Join(s.manifest.Name, f.Name)} {
			data, err := fs.ReadFile(files, name)
			if err == nil && fetch.CheckBytes(data, f.Bytes, f.SHA256) == nil {
				return Entry{Model: m, File: f, given: data}, true
			}
		}
	}
	return Entry{}, false
}

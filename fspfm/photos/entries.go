package photos

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
)

// namesHeld is how many names of a folder are held and sorted at once.
var namesHeld = 1 << 16

// entries are those of a folder, in the order of their names. A folder with more of them
// than may be held is read again, from the last name on. An error is the last that comes.
func entries(path string) iter.Seq2[fs.DirEntry, error] {
	return func(yield func(fs.DirEntry, error) bool) {
		for after := ""; ; {
			batch, more, err := entriesAfter(path, after)
			for _, e := range batch {
				if after = e.Name(); !yield(e, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

// entriesAfter are the first ones, in the order of names, behind a name.
func entriesAfter(path, after string) (least []fs.DirEntry, more bool, err error) {
	f, err := openFolder(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	order := func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }
	for {
		const atOnce = 1024
		some, err := f.ReadDir(atOnce)
		for _, e := range some {
			if e.Name() > after {
				least = append(least, e)
			}
		}
		if len(least) > 2*namesHeld || err != nil {
			slices.SortFunc(least, order)
			if len(least) > namesHeld {
				clear(least[namesHeld:])
				least, more = least[:namesHeld], true
			}
		}
		if errors.Is(err, io.EOF) {
			return least, more, nil
		}
		if err != nil {
			return least, more, err
		}
	}
}

func openFolder(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|nonBlocking, 0)
}

package views

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pifr-go/pifr/fspfm/eval"
)

// CFP is Celebrities in Frontal-Profile: its photos and the pairs of its two protocols.
type CFP struct {
	*Set
	FF, FP [][]eval.Pair // the pairs of each fold, by the indices of Set.Photos
}

// OpenCFP reads the set's folders Data/Images and Protocol. The people are in Data/Images
// itself or, as one public copy has them, in Data/Images/train and Data/Images/test; a
// copy may lack some of them. A person's number in the whole set is the name of the
// folder. Pairs with a photo that is not there are left out, and so are folds without
// pairs.
func OpenCFP(dir string) (*CFP, error) {
	root := os.DirFS(dir)
	images, folders := path.Join("Data", "Images"), []string{path.Join("Data", "Images")}
	if isDir(root, path.Join(images, "train")) || isDir(root, path.Join(images, "test")) {
		folders = nil
		for _, part := range []string{"train", "test"} {
			if isDir(root, path.Join(images, part)) {
				folders = append(folders, path.Join(images, part))
			}
		}
	}
	set, err := open(root, dir, folders...)
	if err != nil {
		return nil, err
	}
	if len(set.Photos) == 0 {
		return nil, fmt.Errorf("views: %s: %w in %s", dir, ErrEmpty, filepath.FromSlash(images))
	}
	for i, name := range set.People {
		if set.Numbers[i], err = strconv.Atoi(name); err != nil {
			return nil, fmt.Errorf("views: %s: CFP's people are numbers, and there is %q", dir, name)
		}
	}
	protocol, err := fs.Sub(root, "Protocol")
	if err != nil {
		return nil, fmt.Errorf("views: %s: %w", dir, err)
	}
	cfp := &CFP{Set: set}
	if cfp.FF, err = cfp.folds(protocol, eval.CFPFrontal); err != nil {
		return nil, err
	}
	cfp.FP, err = cfp.folds(protocol, eval.CFPProfile)
	return cfp, err
}

// Range is Set.Range; the pairs are those of the people who stay.
func (c *CFP) Range(first, last int) (*CFP, error) {
	set, err := c.Set.Range(first, last)
	if err != nil {
		return nil, err
	}
	numbers := map[string]int{}
	for i, p := range set.Photos {
		numbers[p.Path] = i
	}
	at := make([]int, len(c.Photos))
	for i, p := range c.Photos {
		at[i] = -1
		if n, ok := numbers[p.Path]; ok {
			at[i] = n
		}
	}
	return &CFP{Set: set, FF: renumber(c.FF, at), FP: renumber(c.FP, at)}, nil
}

// folds reads a protocol, and finds its files among the photos.
func (c *CFP) folds(protocol fs.FS, kind eval.CFPKind) ([][]eval.Pair, error) {
	lists, err := eval.ReadCFP(protocol, kind)
	if err != nil {
		return nil, fmt.Errorf("views: %s: %w", c.Dir, err)
	}
	photos := map[string]int{}
	for i, p := range c.Photos {
		photos[lastThree(p.Path)] = i
	}
	at := make([]int, len(lists.Files))
	for i, file := range lists.Files {
		at[i] = -1
		if n, ok := photos[lastThree(file)]; ok {
			at[i] = n
		}
	}
	return renumber(lists.Splits, at), nil
}

// lastThree is person/view/file, which is what all layouts have in common.
func lastThree(file string) string {
	parts := strings.Split(file, "/")
	return strings.Join(parts[max(0, len(parts)-3):], "/")
}

// renumber gives pairs other numbers; those with -1 go, and folds without pairs go too.
func renumber(folds [][]eval.Pair, at []int) (out [][]eval.Pair) {
	for _, fold := range folds {
		var pairs []eval.Pair
		for _, p := range fold {
			if a, b := at[p.A], at[p.B]; a >= 0 && b >= 0 {
				pairs = append(pairs, eval.Pair{A: a, B: b, Same: p.Same})
			}
		}
		if len(pairs) > 0 {
			out = append(out, pairs)
		}
	}
	return out
}

package eval

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// ImagePair is a pair of a list: two image files, slash-separated and relative to the
// data set's folder.
type ImagePair struct {
	A, B string
	Same bool
	Fold int // 0 to 9
}

// longestLine bounds a line of a pair list, in bytes.
const longestLine = 1 << 16

// LFWPairs reads LFW's pairs.txt: the number of folds and of pairs of each kind per fold,
// then for every fold the pairs of the same person ("name 1 4") and those of different
// people ("name 1 other 2"). Image n of a person is name/name_000n.jpg; ext replaces
// ".jpg" if it is not empty. View 1's lists, whose first line is the number of pairs
// only, are read as one fold.
func LFWPairs(r io.Reader, ext string) ([]ImagePair, error) {
	if ext == "" {
		ext = ".jpg"
	}
	lines := newLines(r)
	head, ok := lines.next()
	if !ok {
		return nil, lines.fail("the list is empty")
	}
	folds, each := 1, 0
	var err error
	switch len(head) {
	case 1:
		each, err = strconv.Atoi(head[0])
	case 2:
		if folds, err = strconv.Atoi(head[0]); err == nil {
			each, err = strconv.Atoi(head[1])
		}
	default:
		return nil, lines.fail("want the number of folds and of pairs, got %d words", len(head))
	}
	if err != nil || folds < 1 || each < 1 || folds > 1000 || each > 1e6 {
		return nil, lines.fail("want the number of folds and of pairs, got %q", strings.Join(head, " "))
	}
	var pairs []ImagePair
	for fold := range folds {
		for i := range 2 * each {
			words, ok := lines.next()
			if !ok {
				return nil, lines.fail("the list ends in fold %d of %d", fold+1, folds)
			}
			p, err := lfwPair(words, i < each, ext)
			if err != nil {
				return nil, lines.fail("%v", err)
			}
			p.Fold = fold
			pairs = append(pairs, p)
		}
	}
	if extra, ok := lines.next(); ok {
		return nil, lines.fail("%q after the last pair", strings.Join(extra, " "))
	}
	return pairs, lines.err()
}

// lfwPair reads the words of one line.
func lfwPair(words []string, same bool, ext string) (ImagePair, error) {
	file := func(name, number string) (string, error) {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || name == "" || strings.Contains(name, "/") || name == ".." {
			return "", fmt.Errorf("want a name and a number, got %q %q", name, number)
		}
		return path.Join(name, fmt.Sprintf("%s_%04d%s", name, n, ext)), nil
	}
	switch {
	case same && len(words) == 3:
		words = []string{words[0], words[1], words[0], words[2]}
	case same || len(words) != 4:
		return ImagePair{}, fmt.Errorf("want 3 words for the same person and 4 for two people, got %d", len(words))
	}
	a, err := file(words[0], words[1])
	if err != nil {
		return ImagePair{}, err
	}
	b, err := file(words[2], words[3])
	return ImagePair{A: a, B: b, Same: same}, err
}

// CPLFWPairs reads the lists of CPLFW and CALFW, pairs_CPLFW.txt and pairs_CALFW.txt: two
// lines "file label" for every pair, with the label, 0 for different people, on both. The
// lists name no folds: the pairs of each kind are cut into ten in their order, so that
// every fold has as many of both.
func CPLFWPairs(r io.Reader) ([]ImagePair, error) {
	lines := newLines(r)
	var pairs []ImagePair
	var kinds [2]int
	for {
		first, ok := lines.next()
		if !ok {
			break
		}
		second, ok := lines.next()
		if !ok {
			return nil, lines.fail("the last pair has one line")
		}
		if len(first) != 2 || len(second) != 2 || first[1] != second[1] {
			return nil, lines.fail("want two lines with a file and the same label, got %q and %q", strings.Join(first, " "), strings.Join(second, " "))
		}
		label, err := strconv.Atoi(first[1])
		if err != nil || !local(first[0]) || !local(second[0]) {
			return nil, lines.fail("want a file and a number, got %q and %q", strings.Join(first, " "), strings.Join(second, " "))
		}
		pairs = append(pairs, ImagePair{A: first[0], B: second[0], Same: label != 0})
		kinds[kind(label != 0)]++
	}
	if err := lines.err(); err != nil {
		return nil, err
	}
	if kinds[0] < tenFolds || kinds[1] < tenFolds {
		return nil, fmt.Errorf("eval: pair list: %d pairs of the same person and %d of different people, too few for ten folds: %w", kinds[1], kinds[0], ErrPairs)
	}
	var seen [2]int
	folds := [2][]int{kfold(kinds[0], tenFolds), kfold(kinds[1], tenFolds)}
	for i := range pairs {
		k := kind(pairs[i].Same)
		pairs[i].Fold = folds[k][seen[k]]
		seen[k]++
	}
	return pairs, nil
}

// kind is 1 for pairs of the same person and 0 for others.
func kind(same bool) int {
	if same {
		return 1
	}
	return 0
}

// local tells whether a file of a list stays in the data set's folder.
func local(file string) bool {
	clean := path.Clean(strings.ReplaceAll(file, `\`, "/"))
	return file != "" && !path.IsAbs(clean) && clean != ".." && !strings.HasPrefix(clean, "../")
}

// Index gives every image of a list a number, in the order in which they first come, and
// returns the pairs by these numbers.
func Index(list []ImagePair) (files []string, pairs []Pair, folds []int) {
	at := map[string]int{}
	number := func(file string) int {
		n, ok := at[file]
		if !ok {
			n = len(files)
			at[file] = n
			files = append(files, file)
		}
		return n
	}
	for _, p := range list {
		pairs = append(pairs, Pair{A: number(p.A), B: number(p.B), Same: p.Same})
		folds = append(folds, p.Fold)
	}
	return files, pairs, folds
}

// lines reads a text by lines, which it counts, and words; empty lines are passed over.
type lines struct {
	scanner *bufio.Scanner
	number  int
}

func newLines(r io.Reader) *lines {
	l := &lines{scanner: bufio.NewScanner(r)}
	l.scanner.Buffer(nil, longestLine)
	return l
}

func (l *lines) next() ([]string, bool) {
	for l.scanner.Scan() {
		l.number++
		if words := strings.Fields(l.scanner.Text()); len(words) > 0 {
			return words, true
		}
	}
	return nil, false
}

func (l *lines) err() error {
	if err := l.scanner.Err(); err != nil {
		return fmt.Errorf("eval: pair list: after line %d: %w", l.number, err)
	}
	return nil
}

// fail returns an error that names the line, or what reading failed with.
func (l *lines) fail(format string, args ...any) error {
	if err := l.err(); err != nil {
		return err
	}
	return fmt.Errorf("eval: pair list: line %d: %s: %w", l.number, fmt.Sprintf(format, args...), ErrPairs)
}

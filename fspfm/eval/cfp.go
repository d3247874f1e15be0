package eval

import (
	"bufio"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// CFPKind is one of the two protocols of CFP.
type CFPKind string

// The protocols: frontal with frontal faces, and frontal with profile ones.
const (
	CFPFrontal CFPKind = "FF"
	CFPProfile CFPKind = "FP"
)

// CFPLists is CFP's native protocol: ten splits of pairs.
type CFPLists struct {
	// Files are the images of all lists, by the paths that the lists give them, cleaned.
	Files  []string
	Splits [][]Pair
}

// ReadCFP reads the protocol of the data set, whose folder Protocol holds
// Pair_list_F.txt, Pair_list_P.txt ("number path" per line) and
// Split/{FF,FP}/01..10/{same,diff}.txt ("number,number" per line, counted from 1, the
// second one into the profile list for FP).
func ReadCFP(protocol fs.FS, kind CFPKind) (*CFPLists, error) {
	frontal, err := cfpFiles(protocol, "Pair_list_F.txt")
	if err != nil {
		return nil, err
	}
	lists := &CFPLists{Files: frontal}
	second, offset := frontal, 0
	switch kind {
	case CFPFrontal:
	case CFPProfile:
		profile, err := cfpFiles(protocol, "Pair_list_P.txt")
		if err != nil {
			return nil, err
		}
		second, offset = profile, len(frontal)
		lists.Files = append(lists.Files, profile...)
	default:
		return nil, fmt.Errorf("eval: CFP: unknown protocol %q, want %q or %q", kind, CFPFrontal, CFPProfile)
	}
	for split := 1; split <= tenFolds; split++ {
		var pairs []Pair
		for _, name := range []string{"same", "diff"} {
			file := path.Join("Split", string(kind), fmt.Sprintf("%02d", split), name+".txt")
			numbers, err := cfpPairs(protocol, file, len(frontal), len(second))
			if err != nil {
				return nil, err
			}
			for _, n := range numbers {
				pairs = append(pairs, Pair{A: n[0] - 1, B: offset + n[1] - 1, Same: name == "same"})
			}
		}
		lists.Splits = append(lists.Splits, pairs)
	}
	return lists, nil
}

// cfpFiles reads a numbered list of images, whose numbers have to be 1, 2, 3 and so on.
func cfpFiles(protocol fs.FS, name string) ([]string, error) {
	f, err := protocol.Open(name)
	if err != nil {
		return nil, fmt.Errorf("eval: CFP: %w", err)
	}
	defer f.Close()
	var files []string
	lines := newLines(f)
	for {
		words, ok := lines.next()
		if !ok {
			break
		}
		if len(words) != 2 || words[0] != strconv.Itoa(len(files)+1) {
			return nil, fmt.Errorf("eval: CFP: %s: line %d: want %d and a path, got %q: %w", name, lines.number, len(files)+1, strings.Join(words, " "), ErrPairs)
		}
		files = append(files, path.Clean(words[1]))
	}
	return files, lines.err()
}

// cfpPairs reads pairs of numbers, the first from 1 to n, the second from 1 to m.
func cfpPairs(protocol fs.FS, name string, n, m int) ([][2]int, error) {
	f, err := protocol.Open(name)
	if err != nil {
		return nil, fmt.Errorf("eval: CFP: %w", err)
	}
	defer f.Close()
	var pairs [][2]int
	scanner := bufio.NewScanner(f)
	for line := 1; scanner.Scan(); line++ {
		text := strings.TrimSpace(scanner.Text())
		if text == "" {
			continue
		}
		left, right, ok := strings.Cut(text, ",")
		a, err1 := strconv.Atoi(strings.TrimSpace(left))
		b, err2 := strconv.Atoi(strings.TrimSpace(right))
		if !ok || err1 != nil || err2 != nil || a < 1 || a > n || b < 1 || b > m {
			return nil, fmt.Errorf("eval: CFP: %s: line %d: want two numbers up to %d and %d, got %q: %w", name, line, n, m, text, ErrPairs)
		}
		pairs = append(pairs, [2]int{a, b})
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("eval: CFP: %s: %w", name, err)
	}
	return pairs, nil
}

// CFPResult has the means over the ten splits and their population standard deviations.
type CFPResult struct {
	AUC, AUCStd, EER, EERStd, Accuracy, AccuracyStd float64
}

// CFPNative evaluates features, one per file of the lists: area under the curve and equal
// error rate of each split; accuracy at the threshold, from -1 to 1 in steps of 0.001,
// that is best on the nine other splits. A pair is accepted if its cosine is above the
// threshold.
func CFPNative(features [][]float32, lists *CFPLists) (CFPResult, error) {
	if len(features) != len(lists.Files) {
		return CFPResult{}, fmt.Errorf("eval: CFP: %d features for %d files", len(features), len(lists.Files))
	}
	splits := make([]Trials, len(lists.Splits))
	for i, pairs := range lists.Splits {
		var err error
		if splits[i], err = Compare(features, pairs); err != nil {
			return CFPResult{}, fmt.Errorf("eval: CFP: split %d: %w", i+1, err)
		}
	}
	return CFPSplits(splits)
}

// CFPSplits is CFPNative for trials that are scored already, at least two splits of them.
// Pairs that have no score, because a photo shows no face, take part as rejected ones
// with Rejected.
func CFPSplits(splits []Trials) (CFPResult, error) {
	if len(splits) < 2 {
		return CFPResult{}, fmt.Errorf("eval: CFP: %d splits, and a threshold comes from the others: %w", len(splits), ErrPairs)
	}
	var aucs, eers, accuracies []float64
	for i, split := range splits {
		roc, err := NewROC(split)
		if err != nil {
			return CFPResult{}, fmt.Errorf("eval: CFP: split %d: %w", i+1, err)
		}
		aucs, eers = append(aucs, roc.AUC()), append(eers, roc.EER())
	}
	for i := range splits {
		threshold := bestCosine(splits, i)
		accuracies = append(accuracies, float64(right(splits[i], threshold))/float64(splits[i].Len()))
	}
	var r CFPResult
	r.AUC, r.AUCStd = meanStd(aucs)
	r.EER, r.EERStd = meanStd(eers)
	r.Accuracy, r.AccuracyStd = meanStd(accuracies)
	return r, nil
}

// Rejected is the score of a pair that cannot be compared: below all cosines.
const Rejected = -2

// bestCosine returns the first of the thresholds that judges most trials of the other
// splits right.
func bestCosine(splits []Trials, without int) float64 {
	best, most := 0.0, -1
	for step := range 2000 {
		threshold, n := -1+float64(step)*0.001, 0
		for i, t := range splits {
			if i != without {
				n += right(t, threshold)
			}
		}
		if n > most {
			best, most = threshold, n
		}
	}
	return best
}

// right counts the trials that a threshold judges right.
func right(t Trials, threshold float64) int {
	n := 0
	for i, s := range t.Scores {
		if (s > threshold) == t.Same[i] {
			n++
		}
	}
	return n
}

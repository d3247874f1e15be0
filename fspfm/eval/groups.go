package eval

import (
	"context"
	"errors"
	"fmt"
)

// ErrGroups is wrapped by the errors for groups that cannot be measured.
var ErrGroups = errors.New("unusable groups")

// Ungrouped is the group of a face that was left alone: it is a group of its own. So is
// every other negative number.
const Ungrouped = -1

// GroupScores say how well faces were put into groups.
type GroupScores struct {
	// BCubed (Bagga and Baldwin, 1998; Amigó et al., 2009): for every face, the share of its
	// group that is of its person, and the share of its person that is in its group, itself
	// counted; the means over all faces, and the harmonic mean of the two means.
	Precision, Recall, F1 float64

	// The same of pairs of two faces: the share of pairs of one group that are of one
	// person, 1 if there are none, and the share of pairs of one person that are in one
	// group, 1 if there are none. A large group weighs by its square here.
	PairPrecision, PairRecall, PairF1 float64

	Groups  int // of two faces or more
	Alone   int // faces in none of them
	Mixed   int // groups with faces of two people or more
	People  int // whom the faces are of
	Largest int // faces of the largest group
}

// Groups compares groups with the truth: the person and the group of every face, any
// numbers. Negative groups stand for faces that are alone. The error wraps ErrGroups if
// the two are not equally long, or empty.
func Groups(people, groups []int) (GroupScores, error) {
	t, err := tally(people, groups)
	if err != nil {
		return GroupScores{}, err
	}
	s := GroupScores{People: len(t.person)}
	for i := range people {
		p, r := t.of(i)
		s.Precision += p / float64(len(people))
		s.Recall += r / float64(len(people))
	}
	s.F1 = harmonic(s.Precision, s.Recall)
	var both, grouped, same float64
	kinds := map[int]int{}
	for cell, n := range t.cell {
		both += pairsOf(n)
		kinds[cell[1]]++
	}
	for _, n := range t.person {
		same += pairsOf(n)
	}
	for g, n := range t.group {
		grouped += pairsOf(n)
		s.Largest = max(s.Largest, n)
		if n == 1 {
			s.Alone++
			continue
		}
		s.Groups++
		if kinds[g] > 1 {
			s.Mixed++
		}
	}
	s.PairPrecision, s.PairRecall = shareOf(both, grouped), shareOf(both, same)
	s.PairF1 = harmonic(s.PairPrecision, s.PairRecall)
	return s, nil
}

// GroupIntervals are the BCubed figures with their intervals by drawing people.
type GroupIntervals struct{ Precision, Recall, F1 Interval }

// Groups is the function Groups with intervals: groups stay what they are, and the faces
// of a person who is drawn n times count n times.
func (b Bootstrap) Groups(ctx context.Context, people, groups []int) (GroupIntervals, error) {
	b, err := b.withDefaults()
	if err != nil {
		return GroupIntervals{}, err
	}
	t, err := tally(people, groups)
	if err != nil {
		return GroupIntervals{}, err
	}
	number := numbers(people)
	faces, precision, recall := make([]float64, len(number)), make([]float64, len(number)), make([]float64, len(number))
	for i, person := range people {
		p, r := t.of(i)
		k := number[person]
		faces[k]++
		precision[k] += p
		recall[k] += r
	}
	var drawn [3]Resamples
	add := func(counts []float64, to func(k int, v float64)) {
		var n, p, r float64
		for k, c := range counts {
			n, p, r = n+c*faces[k], p+c*precision[k], r+c*recall[k]
		}
		to(0, p/n)
		to(1, r/n)
		to(2, harmonic(p/n, r/n))
	}
	add(ones(len(number)), func(k int, v float64) { drawn[k].Value = v })
	for _, counts := range b.counts(len(number)) {
		if err := ctx.Err(); err != nil {
			return GroupIntervals{}, fmt.Errorf("eval: groups: %w", err)
		}
		add(counts, func(k int, v float64) { drawn[k].Draws = append(drawn[k].Draws, v) })
	}
	var out GroupIntervals
	for k, to := range []*Interval{&out.Precision, &out.Recall, &out.F1} {
		if *to, err = b.Interval(drawn[k]); err != nil {
			return GroupIntervals{}, err
		}
	}
	return out, nil
}

// tallied counts faces: of people, of groups, and of a person in a group.
type tallied struct {
	people, groups []int // groups have faces that are alone in groups of their own
	person, group  map[int]int
	cell           map[[2]int]int
}

func tally(people, groups []int) (*tallied, error) {
	if len(people) == 0 || len(people) != len(groups) {
		return nil, fmt.Errorf("eval: groups: %w: %d people and %d groups", ErrGroups, len(people), len(groups))
	}
	t := &tallied{people: people, groups: make([]int, len(groups)), person: map[int]int{}, group: map[int]int{}, cell: map[[2]int]int{}}
	for i, g := range groups {
		if g < 0 {
			g = -1 - i
		}
		t.groups[i] = g
		t.person[people[i]]++
		t.group[g]++
		t.cell[[2]int{people[i], g}]++
	}
	return t, nil
}

// of is BCubed's precision and recall of a face.
func (t *tallied) of(i int) (precision, recall float64) {
	both := float64(t.cell[[2]int{t.people[i], t.groups[i]}])
	return both / float64(t.group[t.groups[i]]), both / float64(t.person[t.people[i]])
}

func pairsOf(n int) float64 { return float64(n) * float64(n-1) / 2 }

// shareOf is 1 of nothing: who groups nothing makes no mistake.
func shareOf(part, whole float64) float64 {
	if whole == 0 {
		return 1
	}
	return part / whole
}

func harmonic(a, b float64) float64 {
	if a+b == 0 {
		return 0
	}
	return 2 * a * b / (a + b)
}

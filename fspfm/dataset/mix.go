package dataset

import (
	"context"
	"fmt"
	"math"
	"sort"
)

// Part is one source of a mix.
type Part struct {
	Source Source

	// Weight is how often an epoch shows each of the source's faces: 1 is once, 2 is
	// twice, 0.5 is another half of them in every epoch. 0 counts as 1.
	Weight float64
}

// Mixed is several sources as one, each with a weight that the Loader follows.
type Mixed struct {
	parts   []Part
	first   []int     // index of each part's first face; one more for the end
	classes [][]int32 // class in the mix of each part's classes
	names   []string
}

// Classes says what becomes of identities of the same name in several sources of a mix.
type Classes int

// KeepApart makes every identity of every source a class of its own. MergeByName makes
// identities of the same name one class: the photos and the renderings of one person.
const (
	KeepApart Classes = iota
	MergeByName
)

// Mix returns the parts as one source, faces and classes in the parts' order.
func Mix(classes Classes, parts ...Part) (*Mixed, error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("dataset: a mix of no sources")
	}
	m := &Mixed{first: []int{0}}
	byName := map[string]int32{}
	for k, p := range parts {
		if p.Weight == 0 {
			p.Weight = 1
		}
		if !(p.Weight > 0) || math.IsInf(p.Weight, 0) {
			return nil, fmt.Errorf("dataset: mix: weight %v of source %d", p.Weight, k)
		}
		m.parts = append(m.parts, p)
		m.first = append(m.first, m.first[k]+p.Source.Len())
		m.classes = append(m.classes, m.number(p.Source, classes, byName))
	}
	return m, nil
}

// number gives the classes of a part their numbers in the mix.
func (m *Mixed) number(s Source, classes Classes, byName map[string]int32) []int32 {
	numbers := make([]int32, s.Identities())
	for id := range numbers {
		name := s.IdentityName(id)
		n, known := byName[name]
		if classes == KeepApart || !known {
			n = int32(len(m.names))
			byName[name] = n
			m.names = append(m.names, name)
		}
		numbers[id] = n
	}
	return numbers
}

// Len returns the number of faces of all parts, whatever their weights.
func (m *Mixed) Len() int { return m.first[len(m.parts)] }

// Identities returns the number of classes.
func (m *Mixed) Identities() int { return len(m.names) }

// IdentityName returns the name that the class has in the first part that has it. Kept
// apart, two classes may have one name.
func (m *Mixed) IdentityName(id int) string { return m.names[id] }

// part returns which source face i is from, and its index there.
func (m *Mixed) part(i int) (k, local int) {
	k = sort.SearchInts(m.first, i+1) - 1
	return k, i - m.first[k]
}

// Label implements Source. Keys are the parts' own.
func (m *Mixed) Label(i int) Label {
	k, local := m.part(i)
	l := m.parts[k].Source.Label(local)
	l.Identity = int(m.classes[k][l.Identity])
	return l
}

// At implements Source.
func (m *Mixed) At(ctx context.Context, i int) (Sample, error) {
	if i < 0 || i >= m.Len() {
		return Sample{}, outOfRange(i, m.Len())
	}
	k, local := m.part(i)
	s, err := m.parts[k].Source.At(ctx, local)
	if err != nil {
		return Sample{}, fmt.Errorf("source %d of the mix: %w", k, err)
	}
	s.Label.Identity = int(m.classes[k][s.Label.Identity])
	return s, nil
}

package dataset

import (
	"context"
	"fmt"
	"strconv"
)

// memory is a source that holds its faces.
type memory struct {
	samples []Sample
	names   []string
}

// NewMemory returns the samples as a source. Their identities have to be within the
// names; without names, classes are numbered up to the largest identity and named by
// their numbers. The samples are not copied.
func NewMemory(samples []Sample, names []string) (Source, error) {
	classes := len(names)
	for i := range samples {
		id := samples[i].Label.Identity
		if id < 0 || names != nil && id >= len(names) {
			return nil, fmt.Errorf("dataset: sample %d has identity %d, of %d", i, id, len(names))
		}
		classes = max(classes, id+1)
	}
	if names == nil {
		names = numbered(classes)
	}
	return memory{samples, names}, nil
}

// numbered returns the names of classes that have none.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

func (m memory) Len() int                   { return len(m.samples) }
func (m memory) Identities() int            { return len(m.names) }
func (m memory) IdentityName(id int) string { return m.names[id] }
func (m memory) Label(i int) Label          { return m.samples[i].Label }

func (m memory) At(ctx context.Context, i int) (Sample, error) {
	if i < 0 || i >= len(m.samples) {
		return Sample{}, outOfRange(i, len(m.samples))
	}
	return m.samples[i], ctx.Err()
}

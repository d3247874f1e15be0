package posesimv

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose/sim"
)

// Set is the benchmark, rendered or read. It implements dataset.Source, with one identity
// per person.
type Set struct {
	config Config
	people *rendered.People
	source dataset.Source
	sum    string // of a set that was read
}

// New returns the benchmark as a set that is rendered when it is asked for. Landmarks and
// boxes are known only once a picture is rendered: At has them, Label does not.
func New(c Config) (*Set, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	people := c.newPeople()
	return &Set{config: c, people: people, source: &heads{c, people}}, nil
}

// newPeople makes heads as they are asked for, and keeps some.
func (c Config) newPeople() *rendered.People {
	return rendered.NewPeople(32, func(person uint64) *sim.Identity { return c.head(int(person)) })
}

// Config returns the size and the tier.
func (s *Set) Config() Config { return s.config }

// Sum returns the hash of a set's SHA256SUMS, which names its version. A set that was not
// read has none.
func (s *Set) Sum() string { return s.sum }

// Image says what picture i is.
func (s *Set) Image(i int) Image {
	m, _ := s.config.image(i)
	return m
}

// Moment implements rendered.Moments: the views of package rendered show the benchmark's
// pictures in other ways, with their surroundings for a pose network. A set that was read
// from files has the same moments.
func (s *Set) Moment(i int) (*sim.Identity, sim.Shot) {
	if i < 0 || i >= s.Len() {
		panic(fmt.Errorf("posesimv: picture %d of %d", i, s.Len()))
	}
	m, bucket := s.config.image(i)
	return s.people.Get(uint64(m.Person)), s.config.shot(m, bucket)
}

// Draws implements rendered.Moments.
func (s *Set) Draws(i int) *rand.Rand {
	return rand.New(rand.NewPCG(dataset.DefaultSeed, uint64(i)))
}

// Pairs returns the pairs of a bucket, fold by fold, genuine ones and impostors in turns.
// A bucket that is none has no pairs.
func (s *Set) Pairs(b Bucket) []Pair {
	bucket := slices.Index(Buckets(), b)
	if bucket < 0 {
		return nil
	}
	return s.config.pairs(bucket)
}

// Len returns the number of pictures.
func (s *Set) Len() int { return s.source.Len() }

// Identities returns the number of people, look-alikes included.
func (s *Set) Identities() int { return s.source.Identities() }

// IdentityName returns the name of a person's folder.
func (s *Set) IdentityName(id int) string { return s.source.IdentityName(id) }

// Label implements dataset.Source.
func (s *Set) Label(i int) dataset.Label { return s.source.Label(i) }

// At implements dataset.Source.
func (s *Set) At(ctx context.Context, i int) (dataset.Sample, error) { return s.source.At(ctx, i) }

// heads is the source that renders.
type heads struct {
	config Config
	people *rendered.People
}

func (h *heads) Len() int                   { return h.config.persons() * h.config.perPerson() }
func (h *heads) Identities() int            { return h.config.persons() }
func (h *heads) IdentityName(id int) string { return h.config.name(id) }
func (h *heads) Label(i int) dataset.Label  { return h.config.label(i) }

func (h *heads) At(ctx context.Context, i int) (dataset.Sample, error) {
	if i < 0 || i >= h.Len() {
		return dataset.Sample{}, fmt.Errorf("posesimv: picture %d of %d", i, h.Len())
	}
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	m, bucket := h.config.image(i)
	picture, known := sim.Render(h.people.Get(uint64(m.Person)), h.config.shot(m, bucket))
	label := h.config.label(i)
	rendered.AddLabel(&label, known)
	return dataset.Sample{Label: label, Pix: imaging.FromImage(picture).Pix}, nil
}

package gallery

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pifr-go/pifr/internal/vector"
)

// Review says what Enroll refuses besides faces of too low a quality.
type Review string

// The kinds of review.
const (
	// ReviewNothing takes every face.
	ReviewNothing Review = "nothing"

	// ReviewStrangers refuses faces that show somebody else in the gallery.
	ReviewStrangers Review = "strangers"

	// ReviewAll also refuses faces that do not match the person's other ones, of those
	// that are there and of those that come with them.
	ReviewAll Review = "all"
)

func (r Review) check() error {
	if r != ReviewNothing && r != ReviewStrangers && r != ReviewAll {
		return fmt.Errorf("gallery: review %q: want %q, %q or %q", string(r), ReviewNothing, ReviewStrangers, ReviewAll)
	}
	return nil
}

// Reason says why a face was not enrolled.
type Reason string

// The reasons.
const (
	LowQuality  Reason = "its quality is too low"
	SomeoneElse Reason = "it shows somebody else in the gallery"
	NotAlike    Reason = "it does not match the person's other faces"
	Known       Reason = "it is enrolled already"
)

// Refusal is a face that was not enrolled.
type Refusal struct {
	Index  int // of the sample
	Reason Reason
	Detail string // more about it, for people: what lowers the quality, who else it is
	// Person is the ID of whom the face shows, if it is SomeoneElse; Face that of the
	// enrolled face, if it is Known.
	Person, Face string
}

// Enrollment is what became of the samples.
type Enrollment struct {
	Person  Person   // as it is now; without an ID if nobody was enrolled
	Faces   []string // IDs of the faces that were enrolled, in the order of the samples
	Refused []Refusal
}

// ErrRefused is returned by Enroll if no face of a new person was taken.
var ErrRefused = errors.New("gallery: every face was refused")

// sameFace is the cosine from which on a face is taken for the very one that is enrolled.
const sameFace = 0.9999

// Enroll adds faces to a person: to the one with p.ID, whose name and metadata stay what
// they are, or to a new one with p's, if it is empty. Faces that Options refuse are left out and
// said, and the others are enrolled. The error wraps ErrRefused if a new person has none,
// ErrNoPerson, or ErrSample, with which nothing is enrolled.
func (g *Gallery) Enroll(ctx context.Context, p Person, samples ...Sample) (Enrollment, error) {
	for i, s := range samples {
		if err := g.store.Models().check(s.Feature); err != nil {
			return Enrollment{}, fmt.Errorf("gallery: enroll: face %d: %w", i, err)
		}
	}
	if len(samples) == 0 {
		return Enrollment{}, fmt.Errorf("gallery: enroll: %w: there are none", ErrRefused)
	}
	strangers, err := g.strangers(ctx, p.ID, samples)
	if err != nil {
		return Enrollment{}, fmt.Errorf("gallery: enroll: %w", err)
	}
	var out Enrollment
	err = g.store.Update(ctx, func(tx Tx) error {
		out, err = g.enroll(ctx, tx, p, samples, strangers)
		return err
	})
	if err != nil {
		return Enrollment{Refused: out.Refused}, fmt.Errorf("gallery: enroll: %w", err)
	}
	return out, nil
}

// strangers returns for each sample the refusal if it shows somebody else than the person,
// and matches that person's faces better.
func (g *Gallery) strangers(ctx context.Context, person string, samples []Sample) ([]*Refusal, error) {
	out := make([]*Refusal, len(samples))
	if g.options.Review == ReviewNothing {
		return out, nil
	}
	found, err := g.IdentifyAll(ctx, samples, 2)
	if err != nil {
		return nil, err
	}
	for i, f := range found {
		if !f.Known() || f.Candidates[0].Person.ID == person {
			continue
		}
		other := f.Candidates[0].Person
		out[i] = &Refusal{
			Index: i, Reason: SomeoneElse, Person: other.ID,
			Detail: fmt.Sprintf("%q, by %.3f above the threshold", other.Name, f.Candidates[0].Margin),
		}
	}
	return out, nil
}

// enroll is Enroll within a transaction.
func (g *Gallery) enroll(ctx context.Context, tx Tx, p Person, samples []Sample, strangers []*Refusal) (out Enrollment, err error) {
	var faces []Face
	isNew := p.ID == ""
	if isNew {
		p.Created = g.now().UTC()
		if p.ID, err = newID(); err != nil {
			return out, err
		}
	} else {
		if p, err = tx.Person(ctx, p.ID); err != nil {
			return out, err
		}
		if faces, err = tx.Faces(ctx, p.ID); err != nil {
			return out, err
		}
	}
	var taken []Face
	for i, s := range samples {
		if r := g.refuse(i, s, append(faces, taken...), strangers[i]); r != nil {
			out.Refused = append(out.Refused, *r)
			continue
		}
		f, err := s.face(p.ID, g.now().UTC())
		if err != nil {
			return out, err
		}
		taken = append(taken, f)
	}
	if isNew && len(taken) == 0 {
		return out, fmt.Errorf("%w: %s", ErrRefused, out.reasons())
	}
	if isNew {
		if err := tx.PutPerson(ctx, p); err != nil {
			return out, err
		}
	}
	for _, f := range taken {
		if err := tx.PutFace(ctx, f); err != nil {
			return out, err
		}
		out.Faces = append(out.Faces, f.ID)
	}
	out.Person = p
	return out, nil
}

// refuse says what speaks against a sample, nil if nothing does.
func (g *Gallery) refuse(i int, s Sample, faces []Face, stranger *Refusal) *Refusal {
	if s.Quality > 0 && s.Quality < g.options.MinQuality {
		detail := fmt.Sprintf("%.2f, want %.2f: %s", s.Quality, g.options.MinQuality, strings.Join(s.Flaws, ", "))
		return &Refusal{Index: i, Reason: LowQuality, Detail: detail}
	}
	for _, f := range faces {
		if vector.Dot(s.Feature, f.Feature) >= sameFace {
			return &Refusal{Index: i, Reason: Known, Detail: "from " + f.Source, Face: f.ID}
		}
	}
	if stranger != nil {
		return stranger
	}
	if g.options.Review == ReviewAll && len(faces) > 0 {
		all := g.compare(s, faces, 0)
		if m := all[0].Margin(); m < 0 {
			return &Refusal{Index: i, Reason: NotAlike, Detail: fmt.Sprintf("the nearest is %.3f below the threshold", -m)}
		}
	}
	return nil
}

// reasons lists why faces were refused.
func (e Enrollment) reasons() string {
	var all []string
	for _, r := range e.Refused {
		all = append(all, fmt.Sprintf("face %d: %s (%s)", r.Index, r.Reason, r.Detail))
	}
	return strings.Join(all, "; ")
}

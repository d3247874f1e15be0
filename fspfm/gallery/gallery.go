package gallery

import (
	"context"
	"fmt"
	"time"

	"github.com/pifr-go/pifr/fspfm/decision"
)

// DefaultFPIR is the share of searches for strangers that may return somebody.
const DefaultFPIR = 0.01

// Options say how a Gallery decides.
type Options struct {
	// Decision has the thresholds: fspfm.Recognizer.Decision.
	Decision decision.Decision

	// Rule makes one margin of those to a person's faces; the empty one is Mean.
	Rule Rule

	// FPIR is the share of searches for people who are not in the gallery that may return
	// somebody all the same; 0 is DefaultFPIR.
	FPIR float64

	// MinQuality is the least quality of a face that Enroll takes. Samples of quality 0
	// are taken, since nobody has judged them.
	MinQuality float64

	// Review says what else Enroll looks at; the empty one is ReviewStrangers.
	Review Review
}

// Gallery keeps people in a Store and compares faces with theirs. It is safe for
// concurrent use.
type Gallery struct {
	store   Store
	options Options
	now     func() time.Time
}

// New makes a gallery of a store, which stays the caller's to close. The error says which
// option cannot be.
func New(store Store, o Options) (*Gallery, error) {
	if o.FPIR == 0 {
		o.FPIR = DefaultFPIR
	}
	if !(o.FPIR > 0 && o.FPIR < 1) || !(o.MinQuality >= 0 && o.MinQuality <= 1) {
		return nil, fmt.Errorf("gallery: an FPIR of %g and a least quality of %g: want shares of 1", o.FPIR, o.MinQuality)
	}
	if o.Rule == "" {
		o.Rule = Mean
	}
	if o.Review == "" {
		o.Review = ReviewStrangers
	}
	if err := o.Rule.check(); err != nil {
		return nil, err
	}
	if err := o.Review.check(); err != nil {
		return nil, err
	}
	if err := o.Decision.Check(); err != nil {
		return nil, fmt.Errorf("gallery: %w", err)
	}
	return &Gallery{store: store, options: o, now: time.Now}, nil
}

// Store returns what the gallery keeps people in.
func (g *Gallery) Store() Store { return g.store }

// Person returns somebody by ID. The error wraps ErrNoPerson.
func (g *Gallery) Person(ctx context.Context, id string) (p Person, err error) {
	err = g.store.View(ctx, func(tx Tx) error {
		p, err = tx.Person(ctx, id)
		return err
	})
	return p, err
}

// Faces returns somebody's faces, in the order of enrollment. The error wraps ErrNoPerson.
func (g *Gallery) Faces(ctx context.Context, person string) (faces []Face, err error) {
	err = g.store.View(ctx, func(tx Tx) error {
		if _, err := tx.Person(ctx, person); err != nil {
			return err
		}
		faces, err = tx.Faces(ctx, person)
		return err
	})
	return faces, err
}

// People returns people in the order of their IDs, which is that of enrollment, at most
// limit: the first ones if after is empty, and otherwise those beyond that ID.
func (g *Gallery) People(ctx context.Context, after string, limit int) (people []Person, err error) {
	if limit <= 0 {
		return nil, fmt.Errorf("gallery: a list of %d people", limit)
	}
	err = g.store.View(ctx, func(tx Tx) error {
		people, err = tx.People(ctx, after, limit)
		return err
	})
	return people, err
}

// Count returns how many people and faces there are.
func (g *Gallery) Count(ctx context.Context) (people, faces int, err error) {
	return g.store.Count(ctx)
}

// Reembed makes all features anew with other models, in one transaction: again gets each
// face with its source, and returns its feature, or nil for a face that is to be dropped,
// such as one whose photo is gone. If it fails, everything stays as it is.
func (g *Gallery) Reembed(ctx context.Context, models Models, again func(Face) ([]float32, error)) error {
	if err := models.Check(); err != nil {
		return err
	}
	return g.store.Replace(ctx, models, func(f Face) ([]float32, error) {
		feature, err := again(f)
		if err != nil || feature == nil {
			return nil, err
		}
		return feature, models.check(feature)
	})
}

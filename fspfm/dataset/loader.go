package dataset

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Augmenter changes faces at random while a Loader reads them.
type Augmenter interface {
	// Augment changes the pixels, [112, 112, 3] in RGB, and with them the label. What it
	// does depends on its arguments alone: all chance comes from r. It is called from
	// several goroutines at once.
	Augment(pix []uint8, label *Label, r *rand.Rand)
}

// Order is the order in which a Loader goes through an epoch.
type Order int

// Shuffled is a new random order in every epoch, drawn from the seed and the epoch's
// number. InOrder is the order of the source, or of the pairs.
const (
	Shuffled Order = iota
	InOrder
)

// DefaultSeed is the seed of everything that is random and was given none. It is the
// paper's.
const DefaultSeed = 42

// Options says how a Loader makes batches. Only Batch has no default.
type Options struct {
	Batch   int       // faces, or pairs, in a batch
	Seed    uint64    // 0 counts as DefaultSeed
	Order   Order     // Shuffled unless set
	Partial bool      // also give what is left at the end of an epoch, as a smaller batch; it is left out otherwise
	Epochs  int       // 0: without end
	Augment Augmenter // nil: none
	Bytes   bool      // pixels as they are stored, 0 to 255, and not as networks take them
	Workers int       // goroutines that decode and augment; 0: one per processor that the program may use
	Ahead   int       // batches that are ready or under way before they are asked for; 0: 3

	// Skips, if given, passes over faces that cannot be read: the next face of the source
	// that can be is shown in place of one, and View.Index says so. It does not go with
	// pairs.
	Skips *Skips

	// People and Uses are for sources whose faces take long to make, as rendered ones do,
	// and are too many to be kept. An epoch goes through this many identities at a time, so
	// that a source that keeps these makes each once; 0 stands for all. Each face is
	// shown Uses times in an epoch, and the Loader keeps it in the meantime: Uses times
	// the faces of a group of People; 0 stands for 1. Both go with Shuffled, and not with
	// a *Mixed or pairs.
	People, Uses int
}

// Loader reads a source in batches, ahead of the loop that takes them. It has no state:
// Batches may be called several times, at once or one after the other, and gives the same
// batches for the same position.
type Loader struct {
	source  Source
	plan    plan
	options Options
	floats  sync.Pool // of []float32, batches' pixels
	bytes   sync.Pool // of []uint8
}

// NewLoader returns a Loader of a source's faces. Those of a *Mixed are shown as often as
// their weights say.
func NewLoader(s Source, o Options) (*Loader, error) {
	o = o.withDefaults()
	switch _, mixed := s.(*Mixed); {
	case o.People != 0 || o.Uses != 0:
		if mixed || o.Order == InOrder || o.People < 0 || o.Uses < 0 {
			return nil, fmt.Errorf("dataset: loader: %d people at a time and %d uses go with a shuffled source that is not mixed", o.People, o.Uses)
		}
		p := newTogether(s, o)
		if p.uses > 1 {
			s = newRecent(s, p.uses*p.lag()+(o.Ahead+1)*o.Batch)
		}
		return newLoader(s, p, o)
	case o.Order == InOrder:
		return newLoader(s, inOrder{s.Len()}, o)
	}
	return newLoader(s, newShuffled(s, o.Seed), o)
}

// NewPairLoader returns a Loader of pairs, frontal faces in each Batch's own View, the
// profiles in its Profile.
func NewPairLoader(p *Pairs, o Options) (*Loader, error) {
	o = o.withDefaults()
	if o.People != 0 || o.Uses != 0 || o.Skips != nil {
		return nil, fmt.Errorf("dataset: loader: %d people at a time, %d uses and faces to pass over do not go with pairs", o.People, o.Uses)
	}
	return newLoader(p.source, pairPlan{p, o.Seed, o.Order}, o)
}

func (o Options) withDefaults() Options {
	if o.Seed == 0 {
		o.Seed = DefaultSeed
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Ahead == 0 {
		o.Ahead = 3
	}
	return o
}

func newLoader(s Source, p plan, o Options) (*Loader, error) {
	switch {
	case o.Batch < 1 || o.Workers < 1 || o.Ahead < 1 || o.Epochs < 0:
		return nil, fmt.Errorf("dataset: loader: batch %d, workers %d, ahead %d, epochs %d", o.Batch, o.Workers, o.Ahead, o.Epochs)
	case p.items() == 0:
		return nil, fmt.Errorf("dataset: loader: %w", ErrEmpty)
	}
	l := &Loader{source: s, plan: p, options: o}
	if l.Steps() == 0 {
		return nil, fmt.Errorf("dataset: loader: %d items do not fill a batch of %d", p.items(), o.Batch)
	}
	return l, nil
}

// ErrEmpty is returned where a source, or what was asked of it, has no faces.
var ErrEmpty = errors.New("dataset: no faces")

// Items returns the number of faces, or pairs, of an epoch, those of a last batch that is
// left out included.
func (l *Loader) Items() int { return l.plan.items() }

// Steps returns the number of batches of an epoch.
func (l *Loader) Steps() int {
	n := l.plan.items()
	if l.options.Partial {
		n += l.options.Batch - 1
	}
	return n / l.options.Batch
}

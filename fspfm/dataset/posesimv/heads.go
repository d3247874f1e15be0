package posesimv

import (
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/internal/seeded"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// Step is how far look-alikes are from the people they look like, in the measure of sim's
// Identity.Near: 0 is the same person, 1 a stranger.
const Step = 0.6

// alike, added to a person's seed, is the seed of the direction in which the look-alike
// lies. With the person's own seed, Near would move along the person's own genome, and
// hardly change it.
const alike = 1 << 62

// head returns a person's head.
func (c Config) head(person int) *sim.Identity {
	id := sim.NewIdentity(c.seed(person))
	if c.Tier == Hard && person%2 == 1 {
		id = id.Near(c.seed(person)+alike, Step)
	}
	return id
}

// conditions say how much pictures differ but in person and pose.
func (c Config) conditions() sim.Conditions {
	if c.Tier == Hard {
		return sim.Conditions{Expression: 0.8, Light: 0.8, Occluded: 0.1, Worse: 0.6, Framing: 0.8}
	}
	return sim.Conditions{Expression: 0.5, Light: 0.5, Worse: 0.25, Framing: 0.5}
}

// stream returns the random numbers of one purpose for one picture. They do not depend on
// the size of the benchmark.
func (c Config) stream(purpose string, m Image) *rand.Rand {
	return seeded.Named(dataset.DefaultSeed+uint64(m.Shot), purpose, string(c.Tier), c.name(m.Person), string(m.Bucket))
}

// shot draws everything about a picture but the person.
func (c Config) shot(m Image, bucket int) sim.Shot {
	return c.conditions().Shot(c.stream("shot", m), c.angles(m, bucket))
}

// ranges of |yaw| or |pitch| in degrees.
var ranges = [...]struct {
	pitch    bool
	from, to float64
}{{false, 0, 20}, {false, 20, 40}, {false, 40, 60}, {false, 60, 90}, {true, 20, 40}, {true, 40, 60}}

// angles draws the pose of a picture: the angle of its bucket evenly within the range,
// the other two near zero.
func (c Config) angles(m Image, bucket int) pose.Angles {
	r := c.stream("angles", m)
	n := func(sdDeg float64) float64 { return sdDeg * min(max(r.NormFloat64(), -2.5), 2.5) }
	if bucket < 0 {
		return pose.FromDeg(n(4), n(4), n(3))
	}
	span := ranges[bucket]
	wide := span.from + (span.to-span.from)*r.Float64()
	if (m.Person+m.Shot)%2 == 1 {
		wide = -wide
	}
	if span.pitch {
		return pose.FromDeg(n(4), wide, n(4))
	}
	return pose.FromDeg(wide, n(4), n(4))
}

package rendered

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/internal/seeded"
	"github.com/pifr-go/pifr/pose"
)

// Law says who the people of a Set are, and how they turn their heads.
type Law int

const (
	// Ranges is the law for both stages of the paper: every person is seen at every range
	// of poses.
	Ranges Law = iota
	// Photos is the law for pose networks: each photo is drawn for itself.
	Photos
)

// seed is that of a person's head. People of Photos are a hash of Config.Seed and their
// number, so that sets of different seeds have no one in common, below those who are
// reserved.
func (c Config) seed(id int) uint64 {
	if c.Law == Ranges {
		return c.First + uint64(id)
	}
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, c.Seed), uint64(id)))
	return binary.LittleEndian.Uint64(sum[:]) % Reserved
}

// name is a person's.
func (c Config) name(id int) string {
	if c.Law == Ranges {
		return fmt.Sprint("sim-", c.seed(id))
	}
	return fmt.Sprintf("head-%016x", c.seed(id))
}

// key is that of one picture of a person.
func (c Config) key(id, shot int) string {
	if c.Law == Ranges {
		return fmt.Sprintf("%d-%d", c.seed(id), shot)
	}
	return fmt.Sprintf("%s/%d", c.name(id), shot)
}

// stream returns the random numbers of one purpose for one shot of one person. Photos has
// one stream for all: angles come first, then the shot, then the view.
func (c Config) stream(purpose string, id, shot int) *rand.Rand {
	if c.Law == Ranges {
		return seeded.Stream(c.Seed, purpose, c.seed(id), uint64(shot))
	}
	return rand.New(rand.NewPCG(c.seed(id), uint64(shot)))
}

// angles draws a pose by the rules of the package comment.
func (c Config) angles(r *rand.Rand, shot int) pose.Angles {
	if c.Law == Ranges {
		return c.inRanges(r, shot)
	}
	bound := func(sd, most float64) float64 { return min(max(sd*r.NormFloat64(), -most), most) }
	if r.Float64() < 0.25 {
		return pose.FromDeg(bound(6, 15), bound(6, 15), bound(5, 15))
	}
	return pose.FromDeg(190*r.Float64()-95, bound(18, 60), bound(15, 50))
}

func (c Config) inRanges(r *rand.Rand, shot int) pose.Angles {
	n := func(sdDeg float64) float64 { return sdDeg * min(max(r.NormFloat64(), -2.5), 2.5) }
	frontal := max(1, int(c.Frontal*float64(c.Shots)))
	nods := (c.Shots - frontal) / 5
	turned := c.Shots - frontal - nods
	// even returns a number from -limit to limit, in part k of n equal parts.
	even := func(k, n int, limit float64) float64 { return limit * (2*(float64(k)+r.Float64())/float64(n) - 1) }
	switch k := shot - frontal; {
	case k < 0:
		return pose.FromDeg(n(7), n(6), n(4))
	case k < turned:
		return pose.FromDeg(even(k, turned, 90), n(12), n(10))
	default:
		return pose.FromDeg(n(20), even(k-turned, nods, 60), n(10))
	}
}

package people

import (
	"math"
	"slices"
)

// ranges is into how many ranges of |yaw| the faces of a group are divided: frontal ones,
// and three of turned ones.
const ranges = 4

// widths are those of the ranges of turned faces, in degrees; the last one ends at the
// profile or beyond.
const rangeDeg = 20

// rangeOf is the range of a face, and middleDeg the yaw that stands for all of a range.
func (l *linkage) rangeOf(yawDeg float64) int {
	beyond := math.Abs(yawDeg) - l.turnedDeg
	if beyond < 0 {
		return 0
	}
	return min(1+int(beyond/rangeDeg), ranges-1)
}

func (l *linkage) middleDeg(r int) float64 {
	if r == 0 {
		return l.turnedDeg / 2
	}
	return l.turnedDeg + rangeDeg*(float64(r)-0.5)
}

// cluster is a group while groups are made. Of its features it has the sums by range, from
// which the mean cosine of two groups follows.
type cluster struct {
	faces   []int32 // rising
	sums    [ranges][]float32
	counts  [ranges]float64
	quality float64 // sum

	photos []int32 // of its faces, rising; those without a photo left out
	sides  []int32 // what it is kept apart by, rising: see answers.go

	near []int32 // clusters with a face near to one of its faces; some are gone by now
	into int32   // the cluster that took it in, or itself
	time int32   // how often it has grown
}

func (c *cluster) n() float64 { return float64(len(c.faces)) }

// take makes c the union of both. Other is of no use then.
func (c *cluster) take(other *cluster) {
	c.faces = union(c.faces, other.faces)
	c.photos = union(c.photos, other.photos)
	c.sides = union(c.sides, other.sides)
	c.near = append(c.near, other.near...)
	c.quality += other.quality
	c.time++
	for r := range c.sums {
		c.add(r, other.sums[r], other.counts[r])
	}
	*other = cluster{into: other.into}
}

// add adds a sum of features to that of a range. The sum of one feature is that feature
// itself, which is the caller's and never written to.
func (c *cluster) add(r int, sum []float32, count float64) {
	switch {
	case count == 0:
		return
	case c.counts[r] == 0:
		c.sums[r] = sum
	default:
		if c.counts[r] == 1 {
			c.sums[r] = slices.Clone(c.sums[r])
		}
		for i, v := range sum {
			c.sums[r][i] += v
		}
	}
	c.counts[r] += count
}

// apart says whether the two must not be one person: they share a photo, or the user has
// said so.
func (c *cluster) apart(other *cluster) bool {
	return share(c.photos, other.photos) || opposed(c.sides, other.sides)
}

// union merges two rising lists.
func union(a, b []int32) []int32 {
	if len(b) == 0 {
		return a
	}
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

// share says whether two rising lists have a number in common.
func share(a, b []int32) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, v := range a {
		if _, found := slices.BinarySearch(b, v); found {
			return true
		}
	}
	return false
}

// opposed says whether one of two rising lists has a number that the other one has with the
// other sign.
func opposed(a, b []int32) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	for _, v := range a {
		if _, found := slices.BinarySearch(b, -v); found {
			return true
		}
	}
	return false
}

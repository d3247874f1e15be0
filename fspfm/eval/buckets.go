package eval

import (
	"fmt"
	"math"

	"github.com/pifr-go/pifr/pose"
)

// Face is one picture of a person, as the protocols that compare everybody with everybody take it.
type Face struct {
	Person  int
	Angles  pose.Angles
	Feature []float32
}

// Bucket is a range of poses: faces whose angle lies in [FromDeg, ToDeg), both of them included for the last one of a list.
type Bucket struct {
	Name           string
	FromDeg, ToDeg float64
}

// YawBuckets returns the ranges of |yaw| that PoseSim-V reports: 0-20, 20-40, 40-60 and 60-90 degrees.
func YawBuckets() []Bucket {
	return []Bucket{{"0-20", 0, 20}, {"20-40", 20, 40}, {"40-60", 40, 60}, {"60-90", 60, 90}}
}

// find returns the bucket of an angle in degrees, -1 for none.
func find(buckets []Bucket, deg float64) int {
	deg = math.Abs(deg)
	for i, b := range buckets {
		if deg >= b.FromDeg && (deg < b.ToDeg || i == len(buckets)-1 && deg <= b.ToDeg) {
			return i
		}
	}
	return -1
}

// ByYaw compares the templates of the gallery, one or more faces per person whose unit features are averaged, with every probe,
// and returns the trials of each bucket of the probes' |yaw|. Probes outside of all buckets are left out. Every probe meets
// every template, so that a bucket of n probes of N people has n genuine trials and n(N-1) of different people.
func ByYaw(gallery, probes []Face, buckets []Bucket) ([]Trials, error) {
	people, templates, err := templates(gallery)
	if err != nil {
		return nil, err
	}
	out := make([]Trials, len(buckets))
	for i, p := range probes {
		yaw, _, _ := p.Angles.Deg()
		b := find(buckets, yaw)
		if b < 0 {
			continue
		}
		f, err := units([][]float32{p.Feature})
		if err != nil {
			return nil, fmt.Errorf("eval: probe %d: %w", i, err)
		}
		if len(f[0]) != len(templates[0]) {
			return nil, fmt.Errorf("eval: probe %d: its feature has length %d, the gallery's %d", i, len(f[0]), len(templates[0]))
		}
		for k, person := range people {
			out[b].Add(dot(f[0], templates[k]), person, p.Person)
		}
	}
	return out, nil
}

// templates averages the unit features of every person, in the order in which they first come, and scales the mean to length one.
func templates(gallery []Face) (people []int, means [][]float64, err error) {
	if len(gallery) == 0 {
		return nil, nil, fmt.Errorf("eval: the gallery is empty: %w", ErrPeople)
	}
	features := make([][]float32, len(gallery))
	for i, g := range gallery {
		features[i] = g.Feature
	}
	unit, err := units(features)
	if err != nil {
		return nil, nil, fmt.Errorf("eval: gallery: %w", err)
	}
	at := map[int]int{}
	for i, g := range gallery {
		k, ok := at[g.Person]
		if !ok {
			k = len(people)
			at[g.Person] = k
			people, means = append(people, g.Person), append(means, make([]float64, len(unit[i])))
		}
		for j, v := range unit[i] {
			means[k][j] += v
		}
	}
	for k := range means {
		if err := normalise(means[k]); err != nil {
			return nil, nil, fmt.Errorf("eval: gallery: person %d: %w", people[k], err)
		}
	}
	return people, means, nil
}

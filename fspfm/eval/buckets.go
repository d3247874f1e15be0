package eval

import (
	"fmt"
	"math"

	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// Face is one picture of a person, as the protocols that compare everybody with everybody
// take it.
type Face struct {
	Person  int
	Angles  pose.Angles
	Feature []float32
}

// Bucket is a range of poses: faces whose angle lies in [FromDeg, ToDeg), both of them
// included for the last one of a list.
type Bucket struct {
	Name           string
	FromDeg, ToDeg float64
}

// YawBuckets returns the ranges of |yaw| that PoseSim-V reports: 0-20, 20-40, 40-60 and
// 60-90 degrees.
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

// Match compares every probe with the template of every person in the gallery: one or
// more faces each, whose unit features are averaged. With n probes and N people these are
// n trials of the same person, if all probes have a template, and n(N-1) of different
// people. In each trial A is the template's person and B the probe's.
func Match(gallery, probes []Face) (Trials, error) {
	people, templates, err := templates(gallery)
	if err != nil {
		return Trials{}, err
	}
	n := len(probes) * len(people)
	t := Trials{Scores: make([]float64, 0, n), Same: make([]bool, 0, n), A: make([]int, 0, n), B: make([]int, 0, n)}
	for i, p := range probes {
		f, err := units([][]float32{p.Feature})
		if err != nil {
			return Trials{}, fmt.Errorf("eval: probe %d: %w", i, err)
		}
		if len(f[0]) != len(templates[0]) {
			return Trials{}, fmt.Errorf("eval: probe %d: its feature has length %d, the gallery's %d", i, len(f[0]), len(templates[0]))
		}
		for k, person := range people {
			t.Add(vector.Dot(f[0], templates[k]), person, p.Person)
		}
	}
	return t, nil
}

// ByYaw is Match for the probes of each bucket of |yaw|. Probes outside of all buckets
// are left out.
func ByYaw(gallery, probes []Face, buckets []Bucket) ([]Trials, error) {
	parts := make([][]Face, len(buckets))
	for _, p := range probes {
		yaw, _, _ := p.Angles.Deg()
		if b := find(buckets, yaw); b >= 0 {
			parts[b] = append(parts[b], p)
		}
	}
	out := make([]Trials, len(buckets))
	for b, part := range parts {
		var err error
		if out[b], err = Match(gallery, part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// templates averages the unit features of every person, in the order in which they first
// come, and scales the mean to length one.
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
		if err := toUnit(means[k]); err != nil {
			return nil, nil, fmt.Errorf("eval: gallery: person %d: %w", people[k], err)
		}
	}
	return people, means, nil
}

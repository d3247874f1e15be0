package main

import (
	"math"
	"math/rand/v2"
)

// facesOfPerson is how many faces of a crowd are of one person.
const facesOfPerson = 5

// likeness is the share of a face's feature that all of its person's have: two of them
// have a cosine of about 0.6, and those of two people one about 0.
const likeness = 0.6

// crowd are made-up people: random features around one for each person. A face depends on
// its number and the seed alone.
type crowd struct {
	length int
	faces  []float32 // [n, length]
}

func newCrowd(faces, length int) *crowd {
	c := &crowd{length: length, faces: make([]float32, faces*length)}
	for i := range faces {
		c.make(c.face(i), i)
	}
	return c
}

func (c *crowd) face(i int) []float32 { return c.faces[i*c.length : (i+1)*c.length] }

// make writes face i.
func (c *crowd) make(out []float32, i int) { makeFace(out, i/facesOfPerson, uint64(i)) }

// queries are other faces of some of the people, [n, length].
func (c *crowd) queries(n int) []float32 {
	out := make([]float32, n*c.length)
	people := max(1, len(c.faces)/c.length/facesOfPerson)
	for j := range n {
		makeFace(out[j*c.length:(j+1)*c.length], j*7919%people, uint64(1<<40+j))
	}
	return out
}

// makeFace writes a face of a person, with a number of its own.
func makeFace(out []float32, person int, number uint64) {
	shared, own := rand.New(rand.NewPCG(seed, uint64(person))), rand.New(rand.NewPCG(seed+1, number))
	sum := 0.0
	for k := range out {
		v := math.Sqrt(likeness)*shared.NormFloat64() + math.Sqrt(1-likeness)*own.NormFloat64()
		out[k], sum = float32(v), sum+v*v
	}
	for k := range out {
		out[k] = float32(float64(out[k]) / math.Sqrt(sum))
	}
}

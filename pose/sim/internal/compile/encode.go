package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// quantum is the step of all lengths in the file, in decimeters: a twentieth of a
// millimeter.
const quantum = 0.0005

// encode writes the file that sim's model.go reads: after the magic, a zlib stream of
// variable-length integers. Signed ones, the differences from the one before, are zigzag.
//
//	vertices, faces, targets
//	x of every vertex, y of every vertex, z of every vertex   signed, in quanta
//	part of every face; its four corners                      signed
//	every mask of every vertex                                signed
//	every target: length of the name, name, vertices moved,
//	their numbers                                             unsigned
//	their x, y and z                                          signed, in quanta
func encode(s *source) ([]byte, error) {
	var w writer
	for _, n := range []int{len(s.base), len(s.faces), len(s.targets)} {
		w.unsigned(n)
	}
	w.vectors(s.base)
	for _, f := range s.faces {
		w.unsigned(int(f.part))
	}
	last := 0
	for _, f := range s.faces {
		for _, c := range f.corners {
			w.signed(c - last)
			last = c
		}
	}
	for _, mask := range s.masks {
		last := 0
		for _, m := range mask {
			w.signed(int(m) - last)
			last = int(m)
		}
	}
	for _, t := range s.targets {
		w.target(t)
	}
	var out bytes.Buffer
	out.WriteString("pifrsim1")
	z, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(w.b); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

type writer struct{ b []byte }

func (w *writer) unsigned(x int) { w.b = binary.AppendUvarint(w.b, uint64(x)) }
func (w *writer) signed(x int)   { w.b = binary.AppendVarint(w.b, int64(x)) }

// vectors writes quanta, as differences from the vector before.
func (w *writer) vectors(v []r3.Vec) {
	for _, axis := range []func(r3.Vec) float64{
		func(v r3.Vec) float64 { return v.X },
		func(v r3.Vec) float64 { return v.Y },
		func(v r3.Vec) float64 { return v.Z },
	} {
		last := 0
		for _, p := range v {
			x := quanta(axis(p))
			w.signed(x - last)
			last = x
		}
	}
}

func quanta(x float64) int { return int(math.Round(x / quantum)) }

// target writes a target without the vertices that it moves by less than half a quantum.
func (w *writer) target(t target) {
	var index []int
	var delta []r3.Vec
	for k, d := range t.delta {
		if quanta(d.X) != 0 || quanta(d.Y) != 0 || quanta(d.Z) != 0 {
			index = append(index, t.index[k])
			delta = append(delta, d)
		}
	}
	w.unsigned(len(t.name))
	w.b = append(w.b, t.name...)
	w.unsigned(len(index))
	last := 0
	for _, i := range index {
		w.unsigned(i - last)
		last = i
	}
	w.vectors(delta)
}

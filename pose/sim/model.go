package sim

import (
	"bytes"
	"compress/zlib"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

//go:generate go run ./internal/compile -out head.bin

//go:embed head.bin
var headBin []byte

// quantum is the step of the lengths in head.bin, in decimeters, which is MakeHuman's
// unit.
const quantum = 0.0005

// part is what a triangle of the mesh belongs to.
type part uint8

const (
	body    part = iota
	leftEye      // the person's
	rightEye
	lash
	teeth
	parts
)

// The masks of a vertex.
const (
	lips = iota
	eyelids
	ears
	mouth    // its inside
	openness // share of the sky that is to be seen from there
	masks
)

// mesh is the mean human's upper end, and how it can be moved. It is never changed.
type mesh struct {
	base    []vec
	tris    []triangle
	masks   [masks][]float32 // 0 to 1
	targets map[string]morph
}

// triangle is counter-clockwise as seen from outside.
type triangle struct {
	v    [3]int32
	part part
}

// morph moves some vertices.
type morph struct {
	index []int32
	delta []vec
}

// apply adds w times the morph.
func (m morph) apply(v []vec, w float32) {
	if w == 0 {
		return
	}
	for k, i := range m.index {
		v[i] = v[i].plus(w, m.delta[k])
	}
}

var errModel = errors.New("sim: damaged head model")

// human returns the embedded mesh, decoded on first use.
var human = sync.OnceValue(func() *mesh {
	m, err := decode(headBin)
	if err != nil {
		panic(err) // the file is a part of the program
	}
	return m
})

const magic = "pifrsim1"

// decode reads what internal/compile wrote; encode.go there describes it.
func decode(data []byte) (*mesh, error) {
	content, err := inflate(data)
	if err != nil {
		return nil, err
	}
	r := &reader{b: content}
	vertices, quads, targets := r.count(1<<16), r.count(1<<16), r.count(1<<12)
	m := &mesh{base: r.vectors(vertices), targets: make(map[string]morph, targets)}
	m.tris = r.triangles(quads, vertices)
	for k := range m.masks {
		m.masks[k] = make([]float32, vertices)
		last := 0
		for i := range m.masks[k] {
			last += r.signed()
			m.masks[k][i] = float32(last) / 255
		}
	}
	for range targets {
		name := r.text(r.count(256))
		m.targets[name] = r.morph(vertices)
	}
	if r.err == nil && len(r.b) > 0 {
		r.err = fmt.Errorf("%w: %d bytes too many", errModel, len(r.b))
	}
	return m, r.err
}

func inflate(data []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin with %q", errModel, magic)
	}
	z, err := zlib.NewReader(bytes.NewReader(rest))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errModel, err)
	}
	content, err := io.ReadAll(io.LimitReader(z, 1<<24))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errModel, err)
	}
	return content, nil
}

// reader takes integers off a buffer until the first error.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", errModel, fmt.Sprintf(format, args...))
	}
	r.b = nil
}

func (r *reader) count(limit int) int {
	x, n := binary.Uvarint(r.b)
	if n <= 0 || x > uint64(limit) {
		r.fail("a number out of range")
		return 0
	}
	r.b = r.b[n:]
	return int(x)
}

func (r *reader) signed() int {
	x, n := binary.Varint(r.b)
	if n <= 0 || x > 1<<20 || x < -1<<20 {
		r.fail("a number out of range")
		return 0
	}
	r.b = r.b[n:]
	return int(x)
}

func (r *reader) text(n int) string {
	if n > len(r.b) {
		r.fail("a name cut short")
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) vectors(n int) []vec {
	out := make([]vec, n)
	for axis := range 3 {
		last := 0
		for i := range out {
			last += r.signed()
			out[i][axis] = float32(last) * quantum
		}
	}
	return out
}

func (r *reader) triangles(quads, vertices int) []triangle {
	of := make([]part, quads)
	for i := range of {
		of[i] = part(r.count(int(parts) - 1))
	}
	out := make([]triangle, 0, 2*quads)
	last := 0
	for _, p := range of {
		var c [4]int32
		for k := range c {
			if last += r.signed(); last < 0 || last >= vertices {
				r.fail("vertex %d of %d", last, vertices)
				return nil
			}
			c[k] = int32(last)
		}
		out = append(out, triangle{[3]int32{c[0], c[1], c[2]}, p}, triangle{[3]int32{c[0], c[2], c[3]}, p})
	}
	return out
}

func (r *reader) morph(vertices int) morph {
	m := morph{index: make([]int32, r.count(vertices))}
	last := 0
	for k := range m.index {
		if last += r.count(vertices); last >= vertices {
			r.fail("vertex %d of %d", last, vertices)
			return morph{}
		}
		m.index[k] = int32(last)
	}
	m.delta = r.vectors(len(m.index))
	return m
}

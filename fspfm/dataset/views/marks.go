package views

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// Mark is what a person has marked on a profile photo of CFP, in pixels from the center
// of the first: points of the side that shows.
type Mark struct {
	Eye, Nose, Mouth [2]float64 // the eye's middle, the tip of the nose, the corner of the mouth
	Height           float64    // from brow to chin
}

// The fiducials of CFP that make up a Mark, of thirty, counted from 0.
const (
	fiducials                    = 30
	chin                         = 8
	browFrom, browTo             = 9, 12
	eyeFrom, eyeTo               = 12, 18
	noseTip, cornerOfMouth       = 21, 25
	maxFiducialsFile       int64 = 1 << 16
)

// Marks returns what is marked on the profile photos, by the index of the photo. Photos
// whose file in Data/Fiducials is missing have none; a file that holds anything but
// thirty points is an error.
func (c *CFP) Marks() (map[int]Mark, error) {
	root := os.DirFS(c.Dir)
	marks := map[int]Mark{}
	for i, p := range c.Photos {
		if p.View != Profile {
			continue
		}
		name := path.Join("Data", "Fiducials", strings.TrimSuffix(lastThree(p.Path), path.Ext(p.Path))+".txt")
		points, err := readFiducials(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("views: %s: %w", name, err)
		}
		brow := middle(points[browFrom:browTo])
		marks[i] = Mark{Eye: middle(points[eyeFrom:eyeTo]), Nose: points[noseTip], Mouth: points[cornerOfMouth],
			Height: math.Hypot(brow[0]-points[chin][0], brow[1]-points[chin][1])}
	}
	return marks, nil
}

func middle(points [][2]float64) (m [2]float64) {
	for _, p := range points {
		m[0] += p[0] / float64(len(points))
		m[1] += p[1] / float64(len(points))
	}
	return m
}

// readFiducials reads "x,y" per line.
func readFiducials(root fs.FS, name string) ([][2]float64, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxFiducialsFile {
		return nil, fmt.Errorf("%d bytes", info.Size())
	}
	var points [][2]float64
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		x, y, ok := strings.Cut(text, ",")
		u, err1 := strconv.ParseFloat(strings.TrimSpace(x), 64)
		v, err2 := strconv.ParseFloat(strings.TrimSpace(y), 64)
		if !ok || err1 != nil || err2 != nil || math.IsNaN(u+v) || math.IsInf(u+v, 0) {
			return nil, fmt.Errorf("line %d: want two numbers, got %q", len(points)+1, text)
		}
		points = append(points, [2]float64{u, v})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(points) != fiducials {
		return nil, fmt.Errorf("want %d points, got %d", fiducials, len(points))
	}
	return points, nil
}

package main

import (
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// The demonstration has this many rendered people, of those whom no training set may
// have, in photos with these yaws.
const demoPeople = 8

var demoYaws = []float64{0, 8, -20, 35, -50}

// runDemo renders photos into a folder, and does with them what a user would. The pack
// tiny needs no network, and has no detector: where the faces are is known.
func (o *options) runDemo(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "people")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o.photos.Pack, o.data = "tiny", filepath.Join(dir, "data")
	known, err := renderPeople(filepath.Join(dir, "photos"), o)
	if err != nil {
		return err
	}
	return o.with(ctx, known, func(l *library) error {
		photos := filepath.Join(dir, "photos")
		if err := l.demo(ctx, "index", photos); err != nil {
			return err
		}
		first, err := l.groups.Of(faceID(filepath.Join(photos, "0_0.png"), 0))
		if err != nil {
			return err
		}
		for _, args := range [][]string{{"groups"}, {"name", fmt.Sprint(first), "Ann"}, {"find", filepath.Join(dir, "new.png")}, {"check"}} {
			if err := l.demo(ctx, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// demo says what a user would type, and does it.
func (l *library) demo(ctx context.Context, args ...string) error {
	fmt.Fprintln(l.stdout, "\n$ people", strings.Join(args, " "))
	_, c, err := parse(args, l.stdout, l.stderr)
	if err != nil {
		return err
	}
	return c.run(l, ctx, args[1:])
}

// renderPeople writes the photos, and one of the first person beside them. It returns
// where the faces are.
func renderPeople(dir string, o *options) (map[string]face.Face, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	fmt.Fprintf(o.stderr, "rendering %d photos of %d people who do not exist\n", demoPeople*len(demoYaws), demoPeople)
	known := map[string]face.Face{}
	for p := range demoPeople {
		for k, yaw := range demoYaws {
			if err := renderOne(known, filepath.Join(dir, fmt.Sprintf("%d_%d.png", p, k)), p, yaw, uint64(k)); err != nil {
				return nil, err
			}
		}
	}
	return known, renderOne(known, filepath.Join(filepath.Dir(dir), "new.png"), 0, -30, 99)
}

func renderOne(known map[string]face.Face, path string, p int, yaw float64, seed uint64) error {
	shot := sim.Shot{Angles: pose.FromDeg(yaw, 2, 0), Camera: sim.Camera{Wide: true, Width: 256, Height: 256, Head: 0.55}, Seed: seed}
	photo, label := sim.Render(sim.NewIdentity(rendered.Reserved+2_000_000+uint64(p)), shot)
	known[path] = face.At(label.Box, label.Landmarks)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, photo); err != nil {
		return err
	}
	return f.Close()
}

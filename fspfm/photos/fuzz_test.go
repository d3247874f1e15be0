package photos

import (
	"image"
	"os"
	"path/filepath"
	"testing"

	"github.com/pifr-go/pifr/internal/imaging"
)

// FuzzDecode looks for files that crash what is around the decoders, or that get past the
// limit. HEIC and AVIF are read as far as their headers: what comes behind runs in a
// machine of its own.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"*.webp", "*.heic", "*.avif", "*.tiff", "scene.mpo", "scene.png"} {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(paths) == 0 {
			f.Fatal(pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	limits := imaging.Limits{MaxPixels: 1 << 18, MaxBytes: 1 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := readStill(data); err == nil && (s.orientation < 1 || s.orientation > 8 || s.size.X < 1 || s.size.Y < 1) {
			t.Fatalf("%+v", s)
		}
		if still, size := webpStill(data); len(still) > 2*len(data)+64 || size.X < 0 || size.Y < 0 {
			t.Fatalf("%d bytes of %d, %v", len(still), len(data), size)
		}
		isRaw(data)
		kind := KindOf(data)
		if kind == HEIC || kind == AVIF || !kind.readable() {
			return
		}
		p, err := decodePlain(data, kind, imaging.Options{Limits: limits, Damaged: true, Reduce: true})
		if err == nil && pixels(p.Bounds()) > limits.MaxPixels {
			t.Fatalf("%v", p.Bounds())
		}
	})
}

func pixels(r image.Rectangle) int { return r.Dx() * r.Dy() }

package heic_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/pifr-go/pifr/fspfm/photos"
	_ "github.com/pifr-go/pifr/fspfm/photos/heic"
)

// FuzzDecode looks for files that the decoder does not come back from, or that get past
// the limit on pixels. It is slow: each file is decoded in a machine of its own.
func FuzzDecode(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "*.heic"))
	if err != nil || len(paths) == 0 {
		f.Fatal("no HEIC to begin with", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	const limit = 1 << 18
	f.Fuzz(func(t *testing.T, data []byte) {
		if photos.KindOf(data) != photos.HEIC {
			return
		}
		p, err := photos.Decode(bytes.NewReader(data), photos.Options{MaxPixels: limit})
		if err != nil {
			return
		}
		if size := p.Image.Bounds().Size(); size.X < 1 || size.Y < 1 || size.X*size.Y > limit {
			t.Fatalf("%v", size)
		}
	})
}

// TestDamaged decodes files with wrong bytes and without their end, many more than
// FuzzDecode gets to in a minute.
func TestDamaged(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("..", "testdata", "scene.heic"))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(42, 0))
	refused := 0
	for range 60 {
		data := bytes.Clone(whole)
		for range 1 + random.IntN(4) {
			data[12+random.IntN(len(data)-12)] ^= byte(1 + random.IntN(255))
		}
		data = data[:len(data)-random.IntN(2)*random.IntN(len(data)/2)]
		p, err := photos.Decode(bytes.NewReader(data), photos.Options{MaxPixels: 1 << 18})
		if err != nil {
			refused++
			continue
		}
		if size := p.Image.Bounds().Size(); size.X < 1 || size.Y < 1 || size.X*size.Y > 1<<18 {
			t.Fatalf("%v", size)
		}
	}
	if refused == 0 {
		t.Fatal("no damage was seen")
	}
	t.Logf("%d of 60 refused", refused)
}

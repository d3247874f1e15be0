package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/image/draw"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// folder has the sizes of the photos in it.
type folder []image.Point

// The photos' longer sides, in pixels, drawn evenly in their logarithm: those of pictures
// on web pages, and beyond what the detector sees of any.
const leastLong, mostLong = 400, 2000

// shapes are how wide photos are, by their height: those of cameras, in both directions.
var shapes = []float64{4. / 3, 3. / 4, 4. / 3, 3. / 4, 3. / 2, 2. / 3, 16. / 9, 9. / 16, 1}

// folderOf draws the sizes of n photos, of which the last folderTwice are of the first
// ones' again. All others differ.
func folderOf(n int) folder {
	r := rand.New(rand.NewPCG(seed, 400))
	seen := map[image.Point]bool{}
	var f folder
	for len(f) < n {
		if len(f) >= max(n-folderTwice, 1) {
			f = append(f, f[len(f)-max(n-folderTwice, 1)])
			continue
		}
		long := math.Exp(math.Log(leastLong) + r.Float64()*math.Log(mostLong/float64(leastLong)))
		shape := shapes[r.IntN(len(shapes))] * (0.97 + 0.06*r.Float64()) // cut a little
		size := image.Pt(int(long), int(long/shape))
		if shape < 1 {
			size = image.Pt(int(long*shape), int(long))
		}
		if !seen[size] {
			seen[size] = true
			f = append(f, size)
		}
	}
	return f
}

// sizes counts the sizes.
func (f folder) sizes() int {
	seen := map[image.Point]bool{}
	for _, s := range f {
		seen[s] = true
	}
	return len(seen)
}

// atOneSize gives every photo the size in 4:3 of which the detector sees as many pixels
// as of these in the mean.
func (f folder) atOneSize() folder {
	mean := 0.0
	for _, s := range f {
		reduced := min(1, float64(fspfm.DefaultMaxSide)/float64(max(s.X, s.Y)))
		mean += reduced * reduced * float64(s.X*s.Y) / float64(len(f))
	}
	out := make(folder, len(f))
	for i := range out {
		out[i] = image.Pt(int(math.Sqrt(mean*4/3)), int(math.Sqrt(mean*3/4)))
	}
	return out
}

// folderPeople is how many people are rendered; the photos show them in turn.
const folderPeople = 24

// people renders heads of people who do not exist in front of something, at most 60
// degrees from the front.
func people() []image.Image {
	out := make([]image.Image, folderPeople)
	var wg sync.WaitGroup
	for i := range out {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 500+uint64(i)))
			shot := sim.Everyday().Shot(r, pose.FromDeg(120*r.Float64()-60, 0, 0))
			shot.Camera.Wide, shot.Camera.Width, shot.Camera.Height = true, 640, 640
			out[i], _ = sim.Render(sim.NewIdentity(seed+uint64(i)), shot)
		})
	}
	wg.Wait()
	return out
}

// write makes JPEG files of the photos: the rendered people, enlarged or reduced until
// they fill the photo, and cut.
func (f folder) write(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	heads := people()
	errs := make(chan error, len(f))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, size := range f {
		slots <- struct{}{}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		go func() {
			defer func() { <-slots }()
			var b bytes.Buffer
			err := jpeg.Encode(&b, cover(heads[i%len(heads)], size), &jpeg.Options{Quality: 90})
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.jpg", i)), b.Bytes(), 0o600)
			}
			errs <- err
		}()
	}
	for range f {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

// cover fills a photo of that size with the middle of a picture.
func cover(m image.Image, size image.Point) image.Image {
	b := m.Bounds()
	scale := min(float64(b.Dx())/float64(size.X), float64(b.Dy())/float64(size.Y))
	w, h := int(scale*float64(size.X)), int(scale*float64(size.Y))
	from := image.Rect(0, 0, w, h).Add(b.Min).Add(image.Pt((b.Dx()-w)/2, (b.Dy()-h)/2))
	out := image.NewRGBA(image.Rectangle{Max: size})
	draw.BiLinear.Scale(out, out.Bounds(), m, from, draw.Src, nil)
	return out
}

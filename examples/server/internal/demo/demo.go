// Package demo renders photos of people who do not exist.
package demo

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image/jpeg"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/pifr-go/pifr/examples/server/internal/api"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// people are the names, in the order of their identities.
func people() []string { return []string{"ann", "bea", "cleo", "dan", "eva", "finn"} }

// Names are those of the photos' files.
func Names() (all []string) {
	for _, who := range people() {
		for k := range yaws() {
			all = append(all, nameOf(who, k))
		}
	}
	return all
}

// yaws are where they look in their photos, in degrees.
func yaws() []float64 { return []float64{0, 8, -20, 35, -45} }

// first is the first of the identities, of those whom no training set may have.
const first = rendered.Reserved + 2_000_000

// Photos are photos in a folder, and where their faces are by the SHA-256 of the files: the
// pack tiny has no detector.
type Photos struct {
	dir   string
	List  []api.DemoPhoto
	Known map[[sha256.Size]byte][]face.Face
}

// Render writes the photos of all people into a folder, as NAME-NUMBER.jpg.
func Render(dir string) (*Photos, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	type job struct {
		who string
		p   uint64
		k   int
	}
	var todo []job
	out := &Photos{dir: dir, Known: map[[sha256.Size]byte][]face.Face{}}
	for p, who := range people() {
		for k := range yaws() {
			todo = append(todo, job{who, uint64(p), k})
			out.List = append(out.List, api.DemoPhoto{Name: nameOf(who, k), Who: who})
		}
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	next := make(chan job, len(todo))
	for _, j := range todo {
		next <- j
	}
	close(next)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for j := range next {
				data, f, err := render(j.p, j.k)
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, nameOf(j.who, j.k)), data, 0o600)
				}
				mu.Lock()
				out.Known[sha256.Sum256(data)] = []face.Face{f}
				if err != nil {
					failed = err
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return out, failed
}

// ServeHTTP serves the photos, and no other file, under their names.
func (p *Photos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(p.List, func(d api.DemoPhoto) bool { return d.Name == r.URL.Path })
	if i < 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFile(w, r, filepath.Join(p.dir, p.List[i].Name))
}

func nameOf(who string, k int) string { return fmt.Sprintf("%s-%d.jpg", who, k+1) }

// render returns a photo's file, and its face.
func render(person uint64, k int) ([]byte, face.Face, error) {
	shot := sim.Shot{
		Angles: pose.FromDeg(yaws()[k], 2, 0), Camera: sim.Camera{Wide: true, Width: 320, Height: 320, Head: 0.55},
		Seed: uint64(k), Background: sim.Background{Kind: sim.BackgroundKind((int(person) + k) % 6), Blur: 0.8},
	}
	photo, label := sim.Render(sim.NewIdentity(first+person), shot)
	var b bytes.Buffer
	err := jpeg.Encode(&b, photo, &jpeg.Options{Quality: 92})
	return b.Bytes(), face.At(label.Box, label.Landmarks), err
}

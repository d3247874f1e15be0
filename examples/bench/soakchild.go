package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm"
	format "github.com/pifr-go/pifr/fspfm/photos"
)

// runSoakChild goes through photos on one engine, and writes down what the process took.
func runSoakChild(ctx context.Context, args []string, out io.Writer) error {
	o := soakOptions{pack: args[4]}
	limit, err := strconv.ParseInt(args[2], 10, 64)
	if err == nil {
		o.photos, err = strconv.Atoi(args[1])
	}
	if err == nil {
		o.side, err = strconv.Atoi(args[3])
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	o.time = time.Duration(limit)
	s := &soak{options: o, heads: people(), row: SoakRow{Engine: args[0]}}
	s.row.Before = resident()
	if err := s.round(ctx, s.photosWanted(), true); err != nil {
		return err
	}
	const again = 5
	for range again { // what is not given back once is kept for the next, or leaks
		if err := s.round(ctx, 1, false); err != nil {
			return err
		}
	}
	s.row.Damaged = int(s.damaged.Load())
	return json.NewEncoder(out).Encode(s.row)
}

// soak is one engine's process.
type soak struct {
	options soakOptions
	heads   []image.Image
	row     SoakRow
	damaged atomic.Int64
}

func (s *soak) photosWanted() int {
	if s.options.photos > 0 {
		return s.options.photos
	}
	return math.MaxInt32
}

// resident is the process's memory in MB once Go has given back what it can; pools are
// empty after the second collection only.
func resident() float64 {
	runtime.GC()
	debug.FreeOSMemory()
	return memoryOf("VmRSS")
}

// round opens the engine, works on photos, closes it and adds what is left to Closed.
func (s *soak) round(ctx context.Context, n int, sampled bool) error {
	engine, err := backend.OpenContext(ctx, s.row.Engine)
	if err != nil {
		return firstLine(err)
	}
	opts := []fspfm.Option{fspfm.WithEngine(engine)}
	if info, err := os.Stat(s.options.pack); err == nil && info.IsDir() {
		opts = append(opts, fspfm.WithPackDir(s.options.pack))
	} else if s.options.pack != "" {
		opts = append(opts, fspfm.WithPack(s.options.pack))
	}
	r, err := fspfm.Open(ctx, opts...)
	if err == nil {
		err = s.work(ctx, r, n, sampled)
		err = errors.Join(err, r.Close())
	}
	backend.Close(engine)
	if err != nil {
		return firstLine(err)
	}
	s.row.Closed = append(s.row.Closed, resident())
	return nil
}

// soakSamples is how many samples are kept, about.
const soakSamples = 400

// work goes through photos, and takes samples.
func (s *soak) work(ctx context.Context, r *fspfm.Recognizer, n int, sampled bool) error {
	start, done := time.Now(), 0
	every := max(n/soakSamples, 1)
	if s.options.photos == 0 {
		every = 10
	}
	for results, err := range r.FacesAll(ctx, n, func(i int) (image.Image, error) { return s.photo(i, sampled) }) {
		var one *fspfm.PhotoError
		if err != nil && !errors.As(err, &one) {
			return err
		}
		if done++; !sampled {
			continue
		}
		s.row.Faces += len(results)
		if err != nil {
			s.row.Failed++
		}
		if done%every == 0 || done == n {
			s.sample(start, done)
		}
		if limit := s.options.time; limit > 0 && time.Since(start) > limit {
			break
		}
	}
	return nil
}

func (s *soak) sample(start time.Time, done int) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.row.Samples = append(s.row.Samples, SoakSample{Seconds: time.Since(start).Seconds(), Photos: done, Resident: memoryOf("VmRSS"), Heap: float64(m.HeapAlloc) / (1 << 20), Goroutines: runtime.NumGoroutine()})
}

// photo makes a file of a random size and kind, damages it perhaps, and reads it.
func (s *soak) photo(i int, counted bool) (image.Image, error) {
	const leastSide = 40
	r := rand.New(rand.NewPCG(seed, 600+uint64(i)))
	long := math.Exp(math.Log(leastSide) + r.Float64()*math.Log(float64(s.options.side)/leastSide))
	shape := shapes[r.IntN(len(shapes))]
	size := image.Pt(int(long), max(int(long/shape), 1))
	if shape < 1 {
		size = image.Pt(max(int(long*shape), 1), int(long))
	}
	m := cover(s.heads[r.IntN(len(s.heads))], size)
	var b bytes.Buffer
	var err error
	if r.IntN(8) == 0 {
		err = png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 50 + r.IntN(50)})
	}
	if err != nil {
		return nil, err
	}
	data, damage := b.Bytes(), r.IntN(16)
	switch {
	case damage == 0: // cut short
		data = data[:r.IntN(len(data))]
	case damage == 1: // without its end
		data = data[:len(data)-2]
	case damage < 4: // wrong bytes
		for range 1 + r.IntN(8) {
			data[r.IntN(len(data))] = byte(r.UintN(256))
		}
	}
	if damage < 4 && counted {
		s.damaged.Add(1)
	}
	p, err := format.Decode(bytes.NewReader(data), format.Options{})
	if err != nil {
		return nil, err
	}
	return p.Image, nil
}

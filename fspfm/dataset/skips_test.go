package dataset

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// someCut is nine faces of three people, each of one gray; the pictures of some are cut
// short.
func someCut(t *testing.T, cut ...int) Source {
	t.Helper()
	samples := make([]Sample, 9)
	for i := range samples {
		m := image.NewGray(image.Rect(0, 0, Size, Size))
		for k := range m.Pix {
			m.Pix[k] = uint8(10 * i)
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		samples[i] = Sample{Encoded: b.Bytes(), Label: Label{Key: string('a' + rune(i)), Identity: i / 3}}
		if slices.Contains(cut, i) {
			samples[i].Encoded = b.Bytes()[:40]
		}
	}
	s, err := NewMemory(samples, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLoaderSkips shows the next face in place of one that cannot be read, with its own
// label and index, the same whatever the number of workers and wherever reading begins.
func TestLoaderSkips(t *testing.T) {
	source := someCut(t, 1, 2, 8)
	read := func(workers int, from Position) (all []int, log string, skips *Skips) {
		var b bytes.Buffer
		skips = &Skips{Limit: 3, Log: slog.New(slog.NewTextHandler(&b, nil))}
		l, err := NewLoader(source, Options{Batch: 3, Epochs: 2, Workers: workers, Bytes: true, Skips: skips})
		if err != nil {
			t.Fatal(err)
		}
		for batch, err := range l.Batches(t.Context(), from) {
			if err != nil {
				t.Fatal(err)
			}
			for k, i := range batch.Index {
				if got := int(batch.Bytes[k*PixelLen]) / 10; got != i || batch.Labels[k] != source.Label(i) {
					t.Errorf("face %d has the pixels of %d and the label %v", i, got, batch.Labels[k])
				}
				all = append(all, i)
			}
		}
		return all, b.String(), skips
	}
	one, log, skips := read(1, Position{})
	if slices.ContainsFunc(one, func(i int) bool { return i == 1 || i == 2 || i == 8 }) || len(one) != 18 {
		t.Errorf("faces %v", one)
	}
	if skips.Len() != 3 || strings.Count(log, "passed over") != 3 || !strings.Contains(log, `face="b of 0"`) {
		t.Errorf("%d, %s", skips.Len(), log)
	}
	if four, _, _ := read(4, Position{}); !slices.Equal(one, four) {
		t.Errorf("%v with four workers, %v with one", four, one)
	}
	if rest, _, _ := read(2, Position{Epoch: 1, Step: 1}); !slices.Equal(one[12:], rest) {
		t.Errorf("%v, the run had %v", rest, one[12:])
	}
}

// TestLoaderSkipsLimit ends with the face that is one too many, with all faces that
// cannot be read, and, without Skips, with the first of them.
func TestLoaderSkipsLimit(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	for name, c := range map[string]struct {
		cut   []int
		skips *Skips
		want  error
	}{
		"limit": {[]int{1, 2, 8}, &Skips{Limit: 2, Log: quiet}, ErrTooManySkips},
		"none":  {[]int{1}, nil, nil},
		"zero":  {[]int{1}, &Skips{Log: quiet}, nil},
		"all":   {[]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, &Skips{Limit: 9, Log: quiet}, ErrEmpty},
	} {
		l, err := NewLoader(someCut(t, c.cut...), Options{Batch: 9, Epochs: 1, Bytes: true, Skips: c.skips})
		if err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range l.Batches(t.Context(), Position{}) {
			last = err
		}
		if last == nil || c.want != nil && !errors.Is(last, c.want) || errors.Is(last, ErrTooManySkips) != (c.want == ErrTooManySkips) {
			t.Errorf("%s: %v, want %v", name, last, c.want)
		}
	}
	// The end of a run is no broken face.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	skips := &Skips{Limit: 9, Log: quiet}
	if _, _, err := (&Loader{source: someCut(t), options: Options{Skips: skips}}).read(ctx, 0, make([]uint8, PixelLen)); !errors.Is(err, context.Canceled) || skips.Len() != 0 {
		t.Errorf("%v, %d passed over", err, skips.Len())
	}
}

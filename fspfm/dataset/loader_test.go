package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/pifr-go/pifr/pose"
)

// faces is a source of n faces of the given number of people, every pixel telling which
// face it is. Every fourth face is frontal, the others are turned.
func faces(t testing.TB, n, people int) Source {
	t.Helper()
	samples := make([]Sample, n)
	for i := range samples {
		pix := make([]uint8, PixelLen)
		for k := range pix {
			pix[k] = uint8(i + k%5)
		}
		yaw := float64(i%4) * pose.Radians(29)
		samples[i] = Sample{Pix: pix, Label: Label{Identity: i % people, Key: fmt.Sprint("k", i), HasPose: true, Pose: pose.Angles{Yaw: yaw}}}
	}
	s, err := NewMemory(samples, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// noise is an augmenter that shows every random number it was given.
type noise struct{}

func (noise) Augment(pix []uint8, l *Label, r *rand.Rand) {
	for i := range 100 {
		pix[i] ^= uint8(r.Uint32())
	}
	l.Pose.Pitch = r.Float64()
}

// seen is what a consumer keeps of a batch to compare it.
type seen struct {
	At, Next Position
	Index    []int
	Labels   []Label
	Pixels   [32]byte // of all views
	Profiles []Label
}

func collect(t *testing.T, l *Loader, from Position, n int) []seen {
	t.Helper()
	var out []seen
	for b, err := range l.Batches(context.Background(), from) {
		if err != nil {
			t.Fatal(err)
		}
		s := seen{At: b.Position, Next: b.Next, Index: b.Index, Labels: b.Labels}
		pixels := b.Bytes
		if b.Profile != nil {
			pixels = append(append([]uint8(nil), pixels...), b.Profile.Bytes...)
			s.Profiles = b.Profile.Labels
		}
		s.Pixels = sha256.Sum256(pixels)
		b.Release()
		if out = append(out, s); len(out) == n {
			break
		}
	}
	return out
}

func TestBatchesSameForAnyWorkers(t *testing.T) {
	s := faces(t, 41, 7)
	pairs, err := NewPairs(s, PairOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, paired := range []bool{false, true} {
		var want []seen
		for _, o := range []Options{{Workers: 1, Ahead: 1}, {Workers: 2}, {Workers: 7, Ahead: 9}} {
			o.Batch, o.Augment, o.Bytes = 4, noise{}, true
			l, err := NewLoader(s, o)
			if paired {
				l, err = NewPairLoader(pairs, o)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := collect(t, l, Position{}, 2*l.Steps()+1)
			if want == nil {
				want = got
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("paired %v, %+v: batches differ from those of one worker", paired, o)
			}
			for from := 0; from < len(want); from += 3 { // resumed anywhere
				rest := collect(t, l, want[from].At, len(want)-from)
				if !reflect.DeepEqual(rest, want[from:]) {
					t.Fatalf("paired %v: resumed at %+v, the batches differ", paired, want[from].At)
				}
			}
		}
		for i := range want[:len(want)-1] {
			if want[i].Next != want[i+1].At {
				t.Errorf("batch %d: next is %+v, but then comes %+v", i, want[i].Next, want[i+1].At)
			}
		}
	}
}

func TestEpochShowsEveryFaceOnce(t *testing.T) {
	l, err := NewLoader(faces(t, 23, 5), Options{Batch: 5, Partial: true, Epochs: 2, Bytes: true})
	if err != nil {
		t.Fatal(err)
	}
	var orders [2][]int
	for _, b := range collect(t, l, Position{}, -1) {
		orders[b.At.Epoch] = append(orders[b.At.Epoch], b.Index...)
	}
	for e, order := range orders {
		count := map[int]int{}
		for _, i := range order {
			count[i]++
		}
		if len(order) != 23 || len(count) != 23 {
			t.Errorf("epoch %d shows %d faces, %d different ones, want 23", e, len(order), len(count))
		}
	}
	if reflect.DeepEqual(orders[0], orders[1]) {
		t.Error("two epochs have the same order")
	}
}

// broken fails for one face, late.
type broken struct {
	Source
	bad map[int]bool
}

var errBroken = errors.New("broken face")

func (s broken) At(ctx context.Context, i int) (Sample, error) {
	if s.bad[i] {
		return Sample{}, fmt.Errorf("%w %d", errBroken, i)
	}
	return s.Source.At(ctx, i)
}

func TestErrorsAndCancellationLeakNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	s := broken{faces(t, 40, 4), map[int]bool{13: true, 14: true}}
	l, err := NewLoader(s, Options{Batch: 4, Order: InOrder, Workers: 5})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		good := 0
		var last error
		for b, err := range l.Batches(context.Background(), Position{}) {
			if err != nil {
				last = err
			} else if good++; b.Step > 2 {
				t.Fatalf("step %d was given though step 3 cannot be read", b.Step)
			}
		}
		if want := "dataset: epoch 0, step 3, face 13: broken face 13"; good != 3 || last == nil || last.Error() != want || !errors.Is(last, errBroken) {
			t.Fatalf("%d batches and %v, want 3 and %s", good, last, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l, err = NewLoader(faces(t, 40, 4), Options{Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	n, ended := 0, false
	for _, err := range l.Batches(ctx, Position{}) {
		if err != nil {
			ended = errors.Is(err, context.Canceled)
			continue
		}
		if n++; n == 5 {
			cancel()
		}
	}
	if !ended {
		t.Error("a canceled loop ended without the context's error")
	}
	for range l.Batches(context.Background(), Position{}) {
		break
	}
	for deadline := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines at the end, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// Augmentation is drawn anew in every epoch, from the seed.
func TestAugmentationBySeedAndEpoch(t *testing.T) {
	s := faces(t, 4, 2)
	draws := map[float64]string{}
	for _, seed := range []uint64{1, 2} {
		l, err := NewLoader(s, Options{Batch: 4, Order: InOrder, Augment: noise{}, Epochs: 3, Seed: seed, Bytes: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range collect(t, l, Position{}, -1) {
			for i, label := range b.Labels {
				of := fmt.Sprintf("seed %d, epoch %d, face %d", seed, b.At.Epoch, i)
				if was := draws[label.Pose.Pitch]; was != "" {
					t.Errorf("%s has the numbers of %s", of, was)
				}
				draws[label.Pose.Pitch] = of
			}
		}
	}
	if len(draws) != 2*3*4 {
		t.Errorf("%d different draws", len(draws))
	}
}

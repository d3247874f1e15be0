package dataset

import (
	"context"
	"reflect"
	"sync/atomic"
	"testing"
)

// tallied counts how often faces are made.
type tallied struct {
	Source
	made  []atomic.Int32
	fails atomic.Bool
}

func (s *tallied) At(ctx context.Context, i int) (Sample, error) {
	s.made[i].Add(1)
	if s.fails.Load() {
		return Sample{}, context.Canceled
	}
	return s.Source.At(ctx, i)
}

// TestTogether: in an epoch every face is shown as often as was asked for and made once;
// uses are apart; only a few people are new at a time; and a reader that begins anywhere
// sees the same batches.
func TestTogether(t *testing.T) {
	const n, people, group, uses = 240, 24, 4, 3
	s := &tallied{Source: faces(t, n, people), made: make([]atomic.Int32, n)}
	l, err := NewLoader(s, Options{Batch: 8, People: group, Uses: uses, Epochs: 1, Augment: noise{}, Bytes: true, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	if l.Items() != uses*n {
		t.Fatalf("%d items", l.Items())
	}
	all := collect(t, l, Position{}, -1)
	shown, first, last := map[int]int{}, map[int]int{}, map[int]int{}
	place := 0
	for _, b := range all {
		for _, i := range b.Index {
			if shown[i]++; shown[i] == 1 {
				first[i%people] = min(place, orThis(first, i%people, place))
				last[i%people] = place
			}
			place++
		}
	}
	for i := range n {
		if shown[i] != uses || s.made[i].Load() != 1 {
			t.Fatalf("face %d is shown %d times and made %d times", i, shown[i], s.made[i].Load())
		}
	}
	for id := range people {
		if apart := last[id] - first[id]; apart > uses*group*n/people {
			t.Errorf("person %d is asked for over %d faces", id, apart)
		}
	}
	for from := 0; from < len(all); from += 7 {
		if rest := collect(t, l, all[from].At, -1); !reflect.DeepEqual(rest, all[from:]) {
			t.Fatalf("resumed at %+v, the batches differ", all[from].At)
		}
	}
	epochs := l.plan.epoch(0)
	begin := func(epoch int) map[int32]bool { // who is shown first
		ids := map[int32]bool{}
		for _, i := range l.plan.epoch(epoch)[:group*n/people] {
			ids[i%people] = true
		}
		return ids
	}
	if first := begin(0); len(first) != group || reflect.DeepEqual(first, begin(1)) {
		t.Errorf("two epochs begin with the people %v", first)
	}
	if gap := apart(epochs); gap < group*n/people/2 {
		t.Errorf("a face comes again after %d others", gap)
	}
}

func orThis(m map[int]int, key, fallback int) int {
	if v, ok := m[key]; ok {
		return v
	}
	return fallback
}

// apart is the smallest distance between two uses of a face.
func apart(order []int32) int {
	least, last := len(order), map[int32]int{}
	for place, i := range order {
		if before, ok := last[i]; ok {
			least = min(least, place-before)
		}
		last[i] = place
	}
	return least
}

// TestRecentForgets: no more than the limit is kept, and an error is not kept at all.
func TestRecentForgets(t *testing.T) {
	s := &tallied{Source: faces(t, 5, 5), made: make([]atomic.Int32, 5)}
	r := newRecent(s, 2)
	for _, i := range []int{0, 1, 0, 2, 0, 1} { // 1 makes room for 2, since 0 was asked for again
		if _, err := r.At(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	if got := [3]int32{s.made[0].Load(), s.made[1].Load(), s.made[2].Load()}; got != [3]int32{1, 2, 1} {
		t.Errorf("made %v times", got)
	}
	s.fails.Store(true)
	if _, err := r.At(ctx, 4); err == nil {
		t.Error("no error")
	}
	s.fails.Store(false)
	failed := s.made[4].Load()
	for range 2 {
		if _, err := r.At(ctx, 4); err != nil {
			t.Error(err)
		}
	}
	if got := s.made[4].Load(); got != failed+1 {
		t.Errorf("after the error made %d times", got-failed)
	}
}

func TestTogetherRefuses(t *testing.T) {
	s := faces(t, 12, 3)
	mixed, err := Mix(KeepApart, Part{Source: s, Weight: 1}, Part{Source: faces(t, 4, 2), Weight: 1})
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := NewPairs(s, PairOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{Batch: 2, People: -1}, {Batch: 2, Uses: -1}, {Batch: 2, People: 2, Order: InOrder}} {
		if _, err := NewLoader(s, o); err == nil {
			t.Errorf("%+v", o)
		}
	}
	if _, err := NewLoader(mixed, Options{Batch: 2, People: 2}); err == nil {
		t.Error("a mixed source")
	}
	if _, err := NewPairLoader(pairs, Options{Batch: 2, Uses: 2}); err == nil {
		t.Error("pairs")
	}
}

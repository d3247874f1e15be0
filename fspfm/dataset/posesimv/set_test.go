package posesimv

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/dataset/verification"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

var (
	ctx    = context.Background()
	update = flag.Bool("update", false, "write the hashes of testdata")
)

func newSet(t testing.TB, c Config) *Set {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestProtocol checks the pairs of the benchmark in its full size, by its labels.
func TestProtocol(t *testing.T) {
	for tier, want := range map[Tier]struct{ people, pictures, perFold int }{Standard: {1000, 21000, 300}, Hard: {2000, 28000, 400}} {
		s := newSet(t, Config{Tier: tier})
		if s.Identities() != want.people || s.Len() != want.pictures {
			t.Errorf("%s: %d people, %d pictures", tier, s.Identities(), s.Len())
		}
		for k, b := range Buckets() {
			var genuine, impostors [Folds]int
			used := map[int]bool{}
			for n, p := range s.Pairs(b) {
				frontal, other := s.Image(p.Frontal), s.Image(p.Other)
				if frontal.Bucket != Frontal || other.Bucket != b || frontal.Fold != p.Fold || other.Fold != p.Fold {
					t.Fatalf("%s %s pair %d: %+v, %+v", tier, b, n, frontal, other)
				}
				if (frontal.Person == other.Person) != p.Same {
					t.Fatalf("%s %s pair %d: %+v, %+v, same %v", tier, b, n, frontal, other, p.Same)
				}
				if tier == Hard && !p.Same && frontal.Alike != other.Person {
					t.Fatalf("%s %s pair %d: an impostor who is no look-alike", tier, b, n)
				}
				if f := n / (2 * want.perFold); f != p.Fold {
					t.Fatalf("%s %s pair %d: fold %d where the protocol of ten runs has %d", tier, b, n, p.Fold, f)
				}
				if p.Same {
					if used[p.Frontal] || used[p.Other] {
						t.Fatalf("%s %s pair %d: a picture for the second time", tier, b, n)
					}
					used[p.Frontal], used[p.Other] = true, true
					genuine[p.Fold]++
				} else {
					impostors[p.Fold]++
				}
				inBucket(t, s.Label(p.Frontal).Pose, 0, 10, false)
				inBucket(t, s.Label(p.Other).Pose, ranges[k].from, ranges[k].to, ranges[k].pitch)
			}
			for f := range Folds {
				if genuine[f] != want.perFold || impostors[f] != want.perFold {
					t.Errorf("%s %s fold %d: %d genuine, %d impostors", tier, b, f, genuine[f], impostors[f])
				}
			}
		}
	}
	if len(newSet(t, Config{}).Pairs("side")) != 0 {
		t.Error("a bucket that is none has pairs")
	}
}

// inBucket checks that one angle is within a range and the others near zero.
func inBucket(t *testing.T, a pose.Angles, from, to float64, isPitch bool) {
	t.Helper()
	yaw, pitch, roll := a.Deg()
	wide, other := math.Abs(yaw), math.Abs(pitch)
	if isPitch {
		wide, other = other, wide
	}
	if wide < from-1e-9 || wide > to+1e-9 || other > 10+1e-9 || math.Abs(roll) > 10+1e-9 {
		t.Fatalf("%v is not within %v and %v", a, from, to)
	}
}

// Left and right, up and down are equally frequent, and do not tell genuine pairs from
// impostors.
func TestSidesAreBalanced(t *testing.T) {
	for _, tier := range []Tier{Standard, Hard} {
		s := newSet(t, Config{Tier: tier})
		for k, b := range Buckets() {
			positive := map[bool]int{}
			for _, p := range s.Pairs(b) {
				yaw, pitch, _ := s.Label(p.Other).Pose.Deg()
				if ranges[k].pitch {
					yaw = pitch
				}
				if yaw > 0 {
					positive[p.Same]++
				}
			}
			n := len(s.Pairs(b)) / 2
			if positive[true] != n/2 || positive[false] != n/2 {
				t.Errorf("%s %s: %d of %d genuine pairs on one side, %d of the impostors", tier, b, positive[true], n, positive[false])
			}
		}
	}
}

// Nobody of the benchmark can get into a training set.
func TestPeopleAreReserved(t *testing.T) {
	for _, tier := range []Tier{Standard, Hard} {
		c, err := Config{Tier: tier}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		for person := range c.persons() {
			if _, err := rendered.New(rendered.Config{First: c.seed(person), Identities: 1, Shots: 1}); !errors.Is(err, rendered.ErrReserved) {
				t.Fatalf("%s: person %d: %v", tier, person, err)
			}
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []Config{{Tier: "easy"}, {People: 30}, {People: -20}, {Shots: -1}, {Shots: 1000}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v", c)
		}
	}
}

// small is the benchmark in the size whose hash is stated.
func small(tier Tier) Config { return Config{Tier: tier, People: 20, Shots: 1} }

// TestHash writes small versions of both tiers, and compares their hashes with those in
// testdata. One is interrupted on the way. Where package sim draws otherwise than it did,
// the hashes change: -update writes them, and it is another benchmark then.
func TestHash(t *testing.T) {
	for _, tier := range []Tier{Standard, Hard} {
		dir := filepath.Join(t.TempDir(), string(tier))
		s := newSet(t, small(tier))
		if tier == Standard {
			stopped, stop := context.WithCancel(ctx)
			_, err := Write(stopped, dir, s, func(done, _ int) {
				if done == 30 {
					stop()
				}
			})
			stop()
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		sum, err := Write(ctx, dir, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", string(tier)+".sha256")
		if *update {
			if err := os.WriteFile(path, []byte(sum+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if sum != strings.TrimSpace(string(want)) {
			t.Errorf("%s: hash %s, want %s: it is another benchmark (package sim draws otherwise?); -update states the new one", tier, sum, want)
		}
		checkFolder(t, dir, s, sum)
	}
}

// checkFolder reads what was written.
func checkFolder(t *testing.T, dir string, want *Set, sum string) {
	t.Helper()
	got, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Sum() != sum || got.Config() != want.Config() || got.Len() != want.Len() {
		t.Errorf("%s %+v %d", got.Sum(), got.Config(), got.Len())
	}
	for i := range got.Len() {
		g, w := got.Label(i), want.Label(i)
		if g.Identity != w.Identity || pose.Geodesic(g.Pose, w.Pose) > 1e-6 || !g.HasLandmarks {
			t.Fatalf("picture %d: %+v, want %+v", i, g, w)
		}
	}
	b := Buckets()[3]
	bin, err := verification.Open(filepath.Join(dir, string(b)+".bin"))
	if err != nil {
		t.Fatal(err)
	}
	tsv, err := os.ReadFile(filepath.Join(dir, string(b)+".pairs.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(tsv)), "\n")
	pairs := got.Pairs(b)
	if bin.Len() != len(pairs) || len(lines) != len(pairs) {
		t.Fatalf("%d pairs in .bin, %d in .tsv, want %d", bin.Len(), len(lines), len(pairs))
	}
	for n, p := range pairs {
		frontal, err := got.At(ctx, p.Frontal)
		if err != nil {
			t.Fatal(err)
		}
		other, err := got.At(ctx, p.Other)
		if err != nil {
			t.Fatal(err)
		}
		a, b := bin.Pair(n)
		if bin.Same[n] != p.Same || string(a) != string(frontal.Encoded) || string(b) != string(other.Encoded) {
			t.Fatalf("pair %d of the .bin file differs", n)
		}
		if line := fmt.Sprintf("%d\t%d\t%s\t%s", p.Fold, map[bool]int{true: 1}[p.Same], frontal.Label.Key, other.Label.Key); line != lines[n] {
			t.Fatalf("line %q, want %q", lines[n], line)
		}
	}
	pix := make([]uint8, dataset.PixelLen)
	if err := bin.Pixels(0, pix); err != nil {
		t.Error(err)
	}
	damage(t, dir)
}

// damage changes a label, and finds that it is told.
func damage(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, dataset.ManifestName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[slices.Index(data, '.')+1]++
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("a changed manifest: %v", err)
	}
}

// A picture does not depend on the size of the benchmark.
func TestSmallIsPartOfLarge(t *testing.T) {
	large, few := newSet(t, Config{}), newSet(t, small(Standard))
	for i := range few.Len() {
		m := few.Image(i)
		b := slices.Index(Buckets(), m.Bucket)
		if j := large.config.index(m.Person, b, m.Shot); large.Label(j) != few.Label(i) {
			t.Fatalf("%+v and %+v", large.Label(j), few.Label(i))
		}
	}
}

// TestMoment renders a picture from what Moment says of it.
func TestMoment(t *testing.T) {
	set, err := New(Config{People: 20, Shots: 1})
	if err != nil {
		t.Fatal(err)
	}
	const i = 10
	want, err := set.At(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	picture, label := sim.Render(set.Moment(i))
	if !slices.Equal(imaging.FromImage(picture).Pix, want.Pix) || label.Angles != want.Label.Pose {
		t.Errorf("picture %d is not what Moment says", i)
	}
}

package dataset

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pifr-go/pifr/pose"
)

func TestHash(t *testing.T) {
	// From Python: int.from_bytes(sha256(struct.pack("<Q", seed) + name)[:8], "big") >>
	// 11, over 2**53.
	if a, b := Hash(42, "person-01"), Hash(7, ""); a != 0.22873324139004003 || b != 0.6676120611230024 {
		t.Error(a, b)
	}
}

// Which side a person is on does not depend on the others.
func TestSplitByName(t *testing.T) {
	all := faces(t, 400, 200)
	train, held, err := Split(all, 3, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	side := map[string]string{}
	for name, s := range map[string]Source{"train": train, "held": held} {
		for i := range s.Len() {
			l := s.Label(i)
			person := s.IdentityName(l.Identity)
			if side[person] != "" && side[person] != name {
				t.Fatalf("%s is on both sides", person)
			}
			side[person] = name
			sample, err := s.At(ctx, i)
			if err != nil || sample.Label != l {
				t.Fatalf("%s %d: %v, %+v, want %+v", name, i, err, sample.Label, l)
			}
		}
	}
	if train.Len()+held.Len() != 400 || train.Identities()+held.Identities() != 200 || math.Abs(float64(held.Identities())-50) > 25 {
		t.Errorf("%d + %d faces, %d + %d identities", train.Len(), held.Len(), train.Identities(), held.Identities())
	}
	var some []int
	for i := 399; i >= 0; i -= 3 {
		some = append(some, i)
	}
	part, err := Subset(all, some)
	if err != nil {
		t.Fatal(err)
	}
	_, heldPart, err := Split(part, 3, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	for id := range heldPart.Identities() {
		if side[heldPart.IdentityName(id)] != "held" {
			t.Errorf("%s changed sides", heldPart.IdentityName(id))
		}
	}
	if _, _, err := Split(all, 3, 1.5); err == nil {
		t.Error("fraction 1.5")
	}
	if _, err := Subset(all, []int{400}); err == nil {
		t.Error("a face that is not there")
	}
}

func TestMix(t *testing.T) {
	a, b := faces(t, 10, 5), faces(t, 6, 6) // people 0 to 4, and 0 to 5
	apart, err := Mix(KeepApart, Part{Source: a}, Part{Source: b})
	if err != nil {
		t.Fatal(err)
	}
	merged, err := Mix(MergeByName, Part{Source: a}, Part{Source: b})
	if err != nil {
		t.Fatal(err)
	}
	if apart.Identities() != 11 || merged.Identities() != 6 || apart.Len() != 16 {
		t.Errorf("%d and %d identities, %d faces", apart.Identities(), merged.Identities(), apart.Len())
	}
	if l := apart.Label(12); l.Identity != 7 || l.Key != "k2" {
		t.Errorf("%+v", l)
	}
	if s, err := merged.At(ctx, 15); err != nil || s.Label.Identity != 5 || s.Label != merged.Label(15) || s.Pix[0] != 5 {
		t.Errorf("%+v %v", s.Label, err)
	}
	for _, w := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := Mix(KeepApart, Part{a, w}); err == nil {
			t.Errorf("weight %v", w)
		}
	}
}

// In any run of epochs, all faces of a source are shown equally often, up to one time,
// and as often as the weight says.
func TestWeights(t *testing.T) {
	for _, w := range []struct{ a, b float64 }{{1, 1}, {2, 0.5}, {0.3, 2.7}} {
		m, err := Mix(KeepApart, Part{faces(t, 10, 5), w.a}, Part{faces(t, 7, 7), w.b})
		if err != nil {
			t.Fatal(err)
		}
		p := newShuffled(m, 1)
		if want := int(math.Round(10*w.a)) + int(math.Round(7*w.b)); p.items() != want {
			t.Errorf("%+v: %d in an epoch, want %d", w, p.items(), want)
		}
		count := make([]int, 17)
		for e := range 9 {
			order := p.epoch(e)
			if len(order) != p.items() {
				t.Fatalf("%d of %d", len(order), p.items())
			}
			for _, i := range order {
				count[i]++
			}
			least := [2]int{math.MaxInt, math.MaxInt}
			most := [2]int{}
			for i, n := range count {
				least[i/10], most[i/10] = min(least[i/10], n), max(most[i/10], n)
			}
			if most[0]-least[0] > 1 || most[1]-least[1] > 1 {
				t.Errorf("%+v after epoch %d: %v", w, e, count)
			}
		}
	}
}

func TestPairs(t *testing.T) {
	s := faces(t, 60, 3) // yaws 0, 29, 58, 87; every fourth of all people
	p, err := NewPairs(s, PairOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Len() != 30 {
		t.Errorf("%d pairs, want 30", p.Len())
	}
	partners := map[int]map[int]bool{}
	for e := range 20 {
		seen := map[int]bool{}
		for _, pair := range p.Epoch(1, e) {
			f, q := s.Label(pair.Frontal), s.Label(pair.Profile)
			if f.Identity != q.Identity || !f.Frontal(pose.Radians(20)) || !q.Profile(pose.Radians(40)) || seen[pair.Profile] {
				t.Fatalf("%+v with %+v", f, q)
			}
			seen[pair.Profile] = true
			if partners[pair.Profile] == nil {
				partners[pair.Profile] = map[int]bool{}
			}
			partners[pair.Profile][pair.Frontal] = true
		}
		if len(seen) != 30 {
			t.Fatalf("epoch %d shows %d profiles", e, len(seen))
		}
	}
	for profile, frontals := range partners {
		if len(frontals) < 4 { // of 5, in 20 epochs
			t.Errorf("profile %d met %d frontal faces", profile, len(frontals))
		}
	}
}

// Pitch and roll make a profile too; photos without a pose are frontal only if told so.
func TestPairOptions(t *testing.T) {
	label := func(id int, known, simulated bool, yaw, pitch, roll float64) Sample {
		return Sample{Label: Label{Identity: id, HasPose: known, Simulated: simulated, Pose: pose.FromDeg(yaw, pitch, roll)}}
	}
	s, err := NewMemory([]Sample{
		label(0, false, false, 0, 0, 0), label(0, true, true, 0, -41, 0), label(0, true, true, 0, 0, 45), label(0, true, true, 30, 30, 30),
		label(1, true, true, 5, 0, 0), label(1, true, true, -50, 0, 0),
		label(2, true, true, 70, 0, 0),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o    PairOptions
		want int
	}{{PairOptions{}, 1}, {PairOptions{AssumeFrontal: true}, 3}, {PairOptions{AssumeFrontal: true, PhotosOnly: true}, 2},
		{PairOptions{AssumeFrontal: true, ProfileAbove: pose.Radians(29)}, 4}} {
		if p, err := NewPairs(s, c.o); err != nil || p.Len() != c.want {
			t.Errorf("%+v: %v, want %d pairs", c.o, err, c.want)
		}
	}
	if _, err := NewPairs(s, PairOptions{PhotosOnly: true}); !errors.Is(err, ErrNoPairs) {
		t.Errorf("no frontal photo: %v", err)
	}
}

func TestSidecar(t *testing.T) {
	plain := make([]Sample, 4)
	for i := range plain {
		plain[i].Label = Label{Key: fmt.Sprint(i)}
	}
	s, err := NewMemory(plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewPairs(s, PairOptions{}); !errors.Is(err, ErrNoPose) {
		t.Errorf("no poses: %v", err)
	}
	path := filepath.Join(t.TempDir(), "poses.jsonl")
	if _, err := ReadPoses(path); !errors.Is(err, ErrNoPose) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing sidecar: %v", err)
	}
	p := Poses{"0": {}, "2": pose.FromDeg(60, 1, 2), "9": {}}
	if err := p.Write(path); err != nil {
		t.Fatal(err)
	}
	read, err := ReadPoses(path)
	if err != nil || len(read) != 3 {
		t.Fatal(read, err)
	}
	with, err := WithPoses(s, read)
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := NewPairs(with, PairOptions{})
	if err != nil || pairs.Len() != 1 || pairs.Epoch(1, 0)[0] != (Pair{0, 2}) {
		t.Errorf("%v %v", pairs, err)
	}
	if sample, err := with.At(ctx, 2); err != nil || sample.Label != with.Label(2) || !sample.Label.HasPose {
		t.Errorf("%+v %v", sample.Label, err)
	}
	if _, err := WithPoses(s, Poses{"x": {}}); !errors.Is(err, ErrNoPose) {
		t.Errorf("sidecar of another set: %v", err)
	}
	for _, bad := range []string{`{"key":"a"}`, `{`, `{"key":"a","yaw_deg":1,"pitch_deg":1,"roll_deg":1}` + "\n" + `{"key":"a","yaw_deg":1,"pitch_deg":1,"roll_deg":1}`} {
		if _, err := DecodePoses(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "line") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// Landmarks alone tell a profile from a frontal face.
func TestFromLandmarks(t *testing.T) {
	template := pose.Landmarks{{38.3, 51.7}, {73.5, 51.5}, {56, 71.7}, {41.5, 92.4}, {70.7, 92.2}}
	// InsightFace's template of a left profile
	turned := pose.Landmarks{{51.6, 50.1}, {57.6, 50}, {35.7, 69}, {51.2, 89}, {57, 89.7}}
	s, err := NewMemory([]Sample{
		{Label: Label{Key: "a", HasLandmarks: true, Landmarks: template}},
		{Label: Label{Key: "b", HasLandmarks: true, Landmarks: turned}},
		{Label: Label{Key: "c"}},
		{Label: Label{Key: "d", HasLandmarks: true, Landmarks: template, HasPose: true}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := FromLandmarks(ctx, s)
	if err != nil || len(p) != 2 {
		t.Fatal(p, err)
	}
	if a, b := p["a"], p["b"]; math.Abs(a.Yaw) > 0.3 || b.Yaw < pose.Radians(40) {
		t.Errorf("%v and %v", a, b)
	}
}

func TestFingerprint(t *testing.T) {
	a, b := Fingerprint(labeled(t)), Fingerprint(labeled(t))
	if a != b || len(a) != 64 {
		t.Errorf("%s and %s", a, b)
	}
	changed := labeled(t)
	changed.(memory).samples[3].Label.Pose.Roll += 1e-9
	if Fingerprint(changed) == a {
		t.Error("another pose, the same fingerprint")
	}
}

func TestMemoryRefuses(t *testing.T) {
	if _, err := NewMemory([]Sample{{Label: Label{Identity: 2}}}, []string{"a", "b"}); err == nil {
		t.Error("identity 2 of 2")
	}
	if _, err := NewMemory([]Sample{{Label: Label{Identity: -1}}}, nil); err == nil {
		t.Error("identity -1")
	}
}

func TestLoaderRefuses(t *testing.T) {
	s := faces(t, 5, 5)
	for _, o := range []Options{{}, {Batch: 6}, {Batch: 1, Workers: -1}, {Batch: 1, Epochs: -1}} {
		if _, err := NewLoader(s, o); err == nil {
			t.Errorf("%+v", o)
		}
	}
	empty, err := NewMemory(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewLoader(empty, Options{Batch: 1}); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	l, err := NewLoader(s, Options{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []Position{{-1, 0}, {0, -1}, {0, 3}} {
		for b, err := range l.Batches(ctx, from) {
			if err == nil {
				t.Errorf("position %+v gives %+v", from, b.Position)
			}
		}
	}
}

package rendered

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/recordio"
	"github.com/pifr-go/pifr/pose"
)

var ctx = context.Background()

func newSet(t testing.TB, c Config) *Set {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at(t testing.TB, s dataset.Source, i int) dataset.Sample {
	t.Helper()
	sample, err := s.At(ctx, i)
	if err != nil {
		t.Fatal(err)
	}
	return sample
}

// A face does not depend on who else is in the set, nor on what was rendered before.
func TestFacesStandAlone(t *testing.T) {
	a := newSet(t, Config{First: 5, Identities: 3, Shots: 4, Cache: 1})
	b := newSet(t, Config{First: 6, Identities: 1, Shots: 4})
	for _, shot := range []int{3, 0} {
		at(t, a, 0) // puts the second person out of the cache
		x, y := at(t, a, 4+shot), at(t, b, shot)
		if !bytes.Equal(x.Pix, y.Pix) {
			t.Errorf("shot %d: pixels differ", shot)
		}
		y.Label.Identity = 1
		if x.Label != y.Label {
			t.Errorf("shot %d:\n%+v\n%+v", shot, x.Label, y.Label)
		}
	}
	if bytes.Equal(at(t, a, 0).Pix, at(t, newSet(t, Config{First: 5, Identities: 1, Shots: 4, Seed: 7}), 0).Pix) {
		t.Error("another seed, the same face")
	}
}

// What Label says is what the renderer says, and the landmarks are near ArcFace's
// template.
func TestLabels(t *testing.T) {
	s := newSet(t, Config{Identities: 2, Shots: 6})
	for i := range s.Len() {
		want := s.Label(i)
		got := at(t, s, i).Label
		if got.Identity != want.Identity || got.Key != want.Key || !want.HasPose || !want.Simulated || pose.Geodesic(got.Pose, want.Pose) > 1e-6 {
			t.Errorf("face %d: %+v, rendered %+v", i, want, got)
		}
		if nose := got.Landmarks[2]; !got.HasLandmarks || !got.HasBox() || math.Hypot(nose[0]-56, nose[1]-72) > 35 {
			t.Errorf("face %d: %+v", i, got)
		}
	}
	if s.IdentityName(1) != "sim-1" {
		t.Error(s.IdentityName(1))
	}
}

func TestPosesFollowTheRule(t *testing.T) {
	s := newSet(t, Config{Identities: 200, Shots: 20})
	var frontal, nodding int
	var byPart [12]int
	for i := range s.Len() {
		l, shot := s.Label(i), i%20
		yaw, pitch, _ := l.Pose.Deg()
		switch {
		case shot < 5:
			if !l.Frontal(pose.Radians(20)) {
				t.Errorf("shot %d is no frontal one: %v", shot, l.Pose)
			}
			frontal++
		case shot < 17:
			part := int((yaw + 90) / 15)
			byPart[min(part, 11)]++
		case math.Abs(pitch) > 40:
			nodding++
		}
	}
	for part, n := range byPart {
		if n != 200 {
			t.Errorf("%d yaws in part %d, want 200", n, part)
		}
	}
	if frontal != 1000 || nodding < 150 {
		t.Errorf("%d frontal, %d nod", frontal, nodding)
	}
	if pairs, err := dataset.NewPairs(s, dataset.PairOptions{}); err != nil || pairs.Len() < 1400 {
		t.Errorf("%v %v", pairs, err)
	}
}

func TestReservedPeopleAreRefused(t *testing.T) {
	for _, c := range []Config{
		{First: Reserved, Identities: 1, Shots: 1},
		{First: Reserved + 999, Identities: 1, Shots: 1},
		{First: math.MaxUint64, Identities: 2, Shots: 1},
		{First: Reserved - 10, Identities: 11, Shots: 1},
	} {
		if _, err := New(c); !errors.Is(err, ErrReserved) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := New(Config{First: Reserved - 10, Identities: 10, Shots: 1}); err != nil {
		t.Error(err)
	}
	for _, c := range []Config{{}, {Identities: 1}, {Identities: 1, Shots: 1, Frontal: 2}, {Identities: 1, Shots: 1, Cache: -1}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v", c)
		}
	}
}

// hash is a SHA-256 of all files below a folder.
func hash(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintln(h, strings.TrimPrefix(path, dir), len(data))
		h.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// TestWrittenTwiceAndResumed writes a set in one go, and with an interruption on another
// number of goroutines.
func TestWrittenTwiceAndResumed(t *testing.T) {
	s := newSet(t, Config{Identities: 3, Shots: 4})
	create := map[string]func(dir string) (dataset.Writer, error){
		"rec": func(dir string) (dataset.Writer, error) {
			return recordio.Create(filepath.Join(dir, "train.rec"), s.Stamp())
		},
		"folder": func(dir string) (dataset.Writer, error) { return dataset.CreateFolder(dir, s.Stamp()) },
	}
	for format, create := range create {
		write := func(ctx context.Context, dir string, o dataset.CopyOptions) error {
			w, err := create(dir)
			if err != nil {
				t.Fatal(err)
			}
			return dataset.Copy(ctx, w, s, o)
		}
		whole, resumed := t.TempDir(), t.TempDir()
		if err := write(ctx, whole, dataset.CopyOptions{}); err != nil {
			t.Fatal(err)
		}
		stopped, stop := context.WithCancel(ctx)
		err := write(stopped, resumed, dataset.CopyOptions{Workers: 1, Progress: func(done, _ int) {
			if done == 5 {
				stop()
			}
		}})
		stop()
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		begun := -1
		if err := write(ctx, resumed, dataset.CopyOptions{Workers: 3, Progress: func(done, _ int) {
			if begun < 0 {
				begun = done - 1
			}
		}}); err != nil {
			t.Fatal(err)
		}
		if begun < 5 || begun > 11 {
			t.Errorf("%s: went on behind face %d", format, begun)
		}
		if a, b := hash(t, whole), hash(t, resumed); a != b {
			t.Errorf("%s: written in one go %s, resumed %s", format, a, b)
		}
	}
}

func BenchmarkAt(b *testing.B) {
	s := newSet(b, Config{Identities: 1 << 20, Shots: 20})
	i := 0
	for b.Loop() {
		at(b, s, i)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "faces/s")
}

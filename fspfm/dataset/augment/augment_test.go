package augment

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
)

// TestTorchvision compares with torchvision's results. testdata/generate.py wrote them.
func TestTorchvision(t *testing.T) {
	data, err := os.ReadFile("testdata/torchvision.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Width int
		Pix   []uint8
		Cases []struct {
			Steps []struct {
				Name   string
				Factor float64
			}
			Pix []uint8
		}
	}
	if err := json.Unmarshal(data, &fixture); err != nil {
		t.Fatal(err)
	}
	if len(fixture.Cases) < 30 {
		t.Fatalf("%d cases", len(fixture.Cases))
	}
	apply := map[string]func([]uint8, float64){
		"brightness": Brightness, "contrast": Contrast, "saturation": Saturation, "hue": Hue,
		"gray": func(pix []uint8, _ float64) { Gray(pix) },
		"flip": func(pix []uint8, _ float64) { Flip(pix, fixture.Width) },
	}
	differ := 0
	for _, c := range fixture.Cases {
		got := slices.Clone(fixture.Pix)
		for _, s := range c.Steps {
			apply[s.Name](got, s.Factor)
		}
		worst := 0
		for i := range got {
			d := int(got[i]) - int(c.Pix[i])
			worst = max(worst, d, -d)
			if d != 0 {
				differ++
			}
		}
		if worst > 1 {
			t.Errorf("%v: %d gray levels off", c.Steps, worst)
		}
	}
	t.Logf("%d of %d samples differ by one level", differ, len(fixture.Cases)*len(fixture.Pix))
	if differ > 0 { // today there is none, on any processor
		t.Errorf("%d samples differ", differ)
	}
}

func face(seed uint64) ([]uint8, dataset.Label) {
	r := rand.New(rand.NewPCG(seed, 0))
	pix := make([]uint8, dataset.PixelLen)
	for i := range pix {
		pix[i] = uint8(r.Uint32())
	}
	return pix, dataset.Label{HasPose: true, Pose: pose.FromDeg(50, 10, -5), HasLandmarks: true,
		Landmarks: pose.Landmarks{{38.5, 52.5}, {74.5, 51.5}, {60.5, 72.5}, {42.5, 92.5}, {71.5, 93.5}}, Visible: [5]bool{true, false, true, true, false},
		Box: pose.Rect{MinX: 10, MinY: 5, MaxX: 100, MaxY: 110}}
}

func TestFlipChangesTheLabel(t *testing.T) {
	pix, label := face(1)
	was, labelWas := slices.Clone(pix), label
	c := Config{Flip: 1}
	c.Augment(pix, &label, rand.New(rand.NewPCG(1, 1)))
	want := dataset.Label{HasPose: true, Pose: pose.FromDeg(-50, 10, 5), HasLandmarks: true,
		Landmarks: pose.Landmarks{{37.5, 51.5}, {73.5, 52.5}, {51.5, 72.5}, {40.5, 93.5}, {69.5, 92.5}}, Visible: [5]bool{false, true, true, false, true},
		Box: pose.Rect{MinX: 12, MinY: 5, MaxX: 102, MaxY: 110}}
	if label != want {
		t.Errorf("got  %+v\nwant %+v", label, want)
	}
	// What was under the left eye is now under the right one.
	at := func(p []uint8, xy [2]float64) [3]uint8 { return [3]uint8(p[3*(int(xy[1])*dataset.Size+int(xy[0])):]) }
	if at(was, labelWas.Landmarks[0]) != at(pix, label.Landmarks[1]) {
		t.Error("the landmarks do not follow the pixels")
	}
	c.Augment(pix, &label, rand.New(rand.NewPCG(1, 1)))
	if label != labelWas || !slices.Equal(pix, was) {
		t.Error("flipped twice, it is another face")
	}
}

func TestFrequenciesAndRanges(t *testing.T) {
	const n = 4000
	gray, flipped := 0, 0
	small := func() []uint8 { return []uint8{100, 50, 20, 10, 20, 90} }
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 2))
		if c := (Config{Gray: 0.1}); true {
			pix := small()
			c.Augment(pix, &dataset.Label{}, r)
			if pix[0] == pix[1] {
				gray++
			}
		}
		label := dataset.Label{HasPose: true, Pose: pose.FromDeg(20, 0, 0)}
		Config{Flip: 0.5}.Augment(small(), &label, rand.New(rand.NewPCG(uint64(i), 3)))
		if label.Pose.Yaw < 0 {
			flipped++
		}
		pix := []uint8{100, 100, 100}
		Config{Jitter: Jitter{Brightness: 0.2}}.Augment(pix, &dataset.Label{}, r)
		if pix[0] < 80 || pix[0] > 120 {
			t.Fatalf("brightness 100 became %d", pix[0])
		}
	}
	within := func(name string, got int, p float64) {
		if sigma := math.Sqrt(n * p * (1 - p)); math.Abs(float64(got)-n*p) > 5*sigma {
			t.Errorf("%s: %d of %d, want about %v", name, got, n, n*p)
		}
	}
	within("gray", gray, 0.1)
	within("flipped", flipped, 0.5)
}

// One augmentation turned off leaves the chance of the others alone.
func TestDrawsDoNotDependOnSettings(t *testing.T) {
	for seed := range uint64(50) {
		pix, label := face(seed)
		both, labelBoth := slices.Clone(pix), label
		Config{Flip: 0.5}.Augment(pix, &label, rand.New(rand.NewPCG(seed, 0)))
		Config{Gray: 0.5, Flip: 0.5}.Augment(both, &labelBoth, rand.New(rand.NewPCG(seed, 0)))
		if label != labelBoth {
			t.Fatalf("seed %d: gray changed the flip", seed)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := Paper().Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []Config{{Gray: 1.1}, {Flip: -0.1}, {Jitter: Jitter{Hue: 0.6}}, {Jitter: Jitter{Contrast: math.NaN()}}} {
		if c.Check() == nil {
			t.Errorf("%+v passes", c)
		}
	}
}

func BenchmarkPaper(b *testing.B) {
	pix, label := face(1)
	r := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		Paper().Augment(pix, &label, r)
	}
}

package crosspose

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/eval/crosspose/viewstest"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/pose"
)

// TestEndToEnd goes from photos to a report and thresholds, twice: the second time
// nothing is measured anew.
func TestEndToEnd(t *testing.T) {
	packtest.Pack(t, pack.Default)
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	photos := t.TempDir()
	viewstest.Write(t, photos, 4)
	set, err := views.Open(photos)
	require.NoError(t, err)
	models, err := Open(t.Context(), engine)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, models.Close()) })
	dir, calls := t.TempDir(), 0
	faces, err := models.Measure(t.Context(), set, dir, func(done, all int) { calls++; require.Equal(t, 16, all) })
	require.NoError(t, err)
	require.Equal(t, 16, calls)

	report, err := Evaluate(t.Context(), models.Shipped, set, faces, Protocols{}, eval.Bootstrap{Draws: 50})
	require.NoError(t, err)
	require.Equal(t, 100.0, report.Detected.Frontal)
	require.Equal(t, 100*7.0/8, report.Detected.Profile, "one photo shows no face that could be found")
	require.Equal(t, 4*2*2, report.FP.Genuine)
	require.Equal(t, 4*3*2*2, report.FP.Impostor)
	require.Less(t, report.FP.EndToEnd[Raw], report.FP.TMR3[Raw]+1e-9)
	require.LessOrEqual(t, report.FP.Decision.Accepted, 100*14.0/16)
	require.Greater(t, report.FF.TMR3[Raw], 80.0)
	require.Nil(t, report.FP.Accuracy, "there is no protocol")
	require.NotNil(t, report.Head)
	text, err := json.Marshal(report)
	require.NoError(t, err)
	for _, key := range []string{`"detected":{"frontal":100`, `"tmr_1e3":{"frontalized":`, `"shipped":{"accepted":`, `"false_matches":`} {
		require.Contains(t, string(text), key)
	}

	models.Read = nil
	again, err := models.Measure(t.Context(), set, dir, nil)
	require.NoError(t, err)
	require.Equal(t, faces, again)
	testCalibrate(t, models, set, faces)
	testCut(t, dir, models, set, faces)
}

// testCalibrate writes thresholds, and holds them to their evidence.
func testCalibrate(t *testing.T, models *Models, set *views.Set, faces []Face) {
	d, err := Calibrate(t.Context(), models.Shipped, set, faces, Calibration{FMR: 0.06, Set: "rendered", People: "all 4", Command: "go test", Draws: eval.Bootstrap{Draws: 50}})
	require.NoError(t, err)
	text, err := json.Marshal(d)
	require.NoError(t, err)
	parsed, err := decision.Parse(text)
	require.NoError(t, err)
	for name, th := range map[string]decision.Threshold{"frontal": parsed.Frontal, "mixed": parsed.Mixed, "turned": parsed.Turned} {
		require.Equal(t, 0.06, th.FMR, name)
		require.Len(t, th.Evidence, 2, name)
		require.LessOrEqual(t, th.Evidence[0].Value, 6.0, "no more strangers than asked for")
	}
	c := newComparer(models.Shipped, faces)
	mixed, err := c.trials(plain, set, c.found(across(set)))
	require.NoError(t, err)
	accepted, strangers := 0, 0
	for i, s := range mixed.Scores {
		if !mixed.Same[i] {
			strangers++
			if s >= parsed.Mixed.Cosine {
				accepted++
			}
		}
	}
	require.InDelta(t, percent(float64(accepted), float64(strangers)), parsed.Mixed.Evidence[0].Value, 0.01)

	_, err = Calibrate(t.Context(), models.Shipped, set, faces, Calibration{FMR: 2})
	require.Error(t, err)
	one, err := set.Range(1, 1)
	require.NoError(t, err)
	_, err = Calibrate(t.Context(), models.Shipped, one, faces[:4], Calibration{Set: "s", People: "1", Command: "c"})
	require.ErrorIs(t, err, eval.ErrPairs)
}

// testCut cuts the last line of what is kept: that face is measured anew, and no other.
func testCut(t *testing.T, dir string, models *Models, set *views.Set, faces []Face) {
	files, err := filepath.Glob(filepath.Join(dir, "faces-*.jsonl"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	whole, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(files[0], whole[:len(whole)-100], 0o600))
	again, err := models.Measure(t.Context(), set, dir, nil)
	require.NoError(t, err)
	for i := range faces {
		require.Equal(t, faces[i].Boxes, again[i].Boxes)
		require.InDeltaSlice(t, faces[i].Raw, again[i].Raw, 1e-6)
	}
	mended, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.Equal(t, len(whole), len(mended))
}

// madeUp are faces with features of two dimensions: person p at angle 40p degrees,
// profiles 12 degrees beside.
func madeUp(people int) (*views.Set, []Face) {
	set, faces := &views.Set{}, []Face{}
	for p := range people {
		set.People, set.Numbers = append(set.People, fmt.Sprint(p)), append(set.Numbers, p+1)
		for i, view := range []views.View{views.Frontal, views.Frontal, views.Profile} {
			s, c := math.Sincos(pose.Radians(float64(40*p + 12*i)))
			f := []float32{float32(c), float32(s)}
			set.Photos = append(set.Photos, views.Photo{Person: p, View: view, Path: fmt.Sprintf("%d/%s/%d.jpg", p, view, i)})
			yaw := 0.0
			if view == views.Profile {
				yaw = 70
			}
			faces = append(faces, Face{Boxes: 1, Raw: f, Mirrored: f, Result: fspfm.Result{Feature: f, Pose: pose.Estimate{Angles: pose.FromDeg(yaw, 0, 0)}}})
		}
	}
	return set, faces
}

// TestFigures works the figures out by hand: every pair of one person is nearer than
// every pair of two.
func TestFigures(t *testing.T) {
	set, faces := madeUp(4)
	c := comparer{faces: faces}
	p := Protocol{Genuine: 8, Impostor: 24, EER: map[Column]float64{}, TMR2: map[Column]float64{}, TMR3: map[Column]float64{}, At2: map[Column]float64{},
		At3: map[Column]float64{}, Range: map[Column]Ranges{}, EndToEnd: map[Column]float64{}}
	all := across(set)
	require.Len(t, all.a, 32)
	trials, err := c.trials(Raw, set, all)
	require.NoError(t, err)
	_, err = p.column(t.Context(), Raw, trials, eval.Bootstrap{Draws: 20})
	require.NoError(t, err)
	// A profile is 24 and 12 degrees from its own frontal photos, and 16 and 28 from
	// those of the next person.
	require.Equal(t, 50.0, p.TMR3[Raw], "12 degrees are nearer than 16, and 24 are not")
	require.InDelta(t, math.Cos(pose.Radians(12)), p.At3[Raw], 1e-6)
	require.Equal(t, 50.0, p.EndToEnd[Raw])

	faces[2].Boxes = 0 // the profile of the first person
	missing := c.found(all)
	require.Len(t, missing.a, 24)
	trials, err = c.trials(Raw, set, missing)
	require.NoError(t, err)
	_, err = p.column(t.Context(), Raw, trials, eval.Bootstrap{Draws: 20})
	require.NoError(t, err)
	require.Equal(t, 50.0, p.TMR3[Raw])
	require.Equal(t, 100*3.0/8, p.EndToEnd[Raw], "its two pairs are rejected")
	d := detected(set, faces)
	require.Equal(t, [2]float64{100, 75}, [2]float64{d.Frontal, d.Profile})

	splits, err := c.splits(Raw, [][]eval.Pair{{{A: 0, B: 2, Same: true}, {A: 3, B: 5, Same: true}}})
	require.NoError(t, err)
	require.Equal(t, float64(eval.Rejected), splits[0].Scores[0])
	require.InDelta(t, math.Cos(pose.Radians(24)), splits[0].Scores[1], 1e-6)
}

// TestLandmarkErrors mirrors, turns and shifts made-up profiles: a constant offset is
// taken out, and what is left is found again.
func TestLandmarkErrors(t *testing.T) {
	var faces []Face
	marks := map[int]views.Mark{}
	for i := range 9 {
		yaw, side := -70.0, 1.0
		if i%2 == 1 {
			yaw, side = 70, -1
		}
		sin, cos := math.Sincos(0.1 * float64(i))
		place := func(x, y float64) [2]float64 {
			return [2]float64{200 + cos*side*x - sin*y, 100 + sin*side*x + cos*y}
		}
		marks[i] = views.Mark{Eye: place(0, 0), Nose: place(30, 30), Mouth: place(10, 50), Height: 80}
		wrong := 0.0 // of every third photo the nose is 8 pixels off, a tenth of the height
		if i%3 == 0 {
			wrong = 8
		}
		f := Face{Boxes: 1, Result: fspfm.Result{Pose: pose.Estimate{Angles: pose.FromDeg(yaw, 0, 0)}}}
		l := &f.Result.Face.Landmarks
		eye, mouth := 0, 3
		if yaw > 0 {
			eye, mouth = 1, 4
		}
		l[eye], l[2], l[mouth] = place(2, -1), place(30+2+wrong, 30-1), place(10+4, 50)
		faces = append(faces, f)
	}
	got := landmarkErrors(faces, marks)
	require.Len(t, got, 1)
	require.Equal(t, [3]float64{60, 75, 9}, [3]float64{got[0].FromDeg, got[0].ToDeg, float64(got[0].Photos)})
	require.InDelta(t, 0, got[0].Eye, 1e-9, "the offset is the same everywhere")
	require.InDelta(t, 0, got[0].Mouth, 1e-9)
	require.InDelta(t, 0, got[0].Nose, 1e-9, "the median of nine, three of which are off")
	for i := range 6 { // two thirds of them are off now, in both directions
		faces[i].Result.Face.Landmarks[2][0] += 8 * float64(1-2*(i%2))
	}
	require.Greater(t, landmarkErrors(faces, marks)[0].Nose, 2.0)
	require.Empty(t, landmarkErrors(faces, nil))
}

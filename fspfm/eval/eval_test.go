package eval

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
)

// worked is small enough to be followed by hand: same 0.9, 0.8, 0.4; different 0.8, 0.3,
// 0.2, 0.1.
func worked() Trials {
	return Trials{
		Scores: []float64{0.9, 0.8, 0.4, 0.8, 0.3, 0.2, 0.1},
		Same:   []bool{true, true, true, false, false, false, false},
	}
}

func TestROC_worked(t *testing.T) {
	roc, err := NewROC(worked())
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0, 0.25, 0.25, 0.5, 0.75, 1}, roc.FAR)
	require.InDeltaSlice(t, []float64{0, 1. / 3, 2. / 3, 1, 1, 1, 1}, roc.TAR, 1e-15)
	require.InDelta(t, (4+3.5+3)/12, roc.AUC(), 1e-15) // of 12 comparisons: 0.9 wins all, 0.8 ties one, 0.4 loses one
	require.InDelta(t, 0.25, roc.EER(), 1e-15)         // at FAR 0.25 TAR goes from 2/3 to 1: it passes 3/4
	require.InDelta(t, 1./3, roc.TARAt(0.249), 1e-15)
	require.InDelta(t, 1.0, roc.TARAt(0.25), 1e-15)
	require.Equal(t, 0.4, roc.ThresholdAt(0.3))
	worst := Trials{Scores: []float64{1, 0}, Same: []bool{false, true}}
	roc, err = NewROC(worst)
	require.NoError(t, err)
	require.Zero(t, roc.TARAt(0.5))
	require.True(t, math.IsInf(roc.ThresholdAt(0.5), 1))
	require.Equal(t, 1.0, roc.EER())
	require.Zero(t, roc.AUC())
}

func TestTrials_refuses(t *testing.T) {
	for name, c := range map[string]struct {
		trials Trials
		want   error
	}{
		"none":      {Trials{}, ErrOneClass},
		"one kind":  {Trials{Scores: []float64{1, 2}, Same: []bool{true, true}}, ErrOneClass},
		"NaN":       {Trials{Scores: []float64{1, math.NaN()}, Same: []bool{true, false}}, ErrScore},
		"labels":    {Trials{Scores: []float64{1}, Same: []bool{true, false}}, nil},
		"people":    {Trials{Scores: []float64{1, 2}, Same: []bool{true, false}, A: []int{1}}, nil},
		"no people": {worked(), ErrPeople},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Bootstrap{}.Estimate(context.Background(), c.trials, TARAt(0.1))
			require.Error(t, err)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
		})
	}
	_, err := Compare([][]float32{{1, 0}, {0, 0}}, []Pair{{A: 0, B: 1}})
	require.ErrorIs(t, err, ErrFeature)
	_, err = Compare([][]float32{{1, 0}, {1}}, nil)
	require.ErrorContains(t, err, "length 1")
	_, err = Compare([][]float32{{1, 0}}, []Pair{{A: 0, B: 1}})
	require.ErrorContains(t, err, "pair 0")
}

// population returns trials of n people, one genuine and n-1 others each, whose scores
// overlap; shift moves the genuine ones.
func population(n int, shift float64) Trials {
	rng := rand.New(rand.NewPCG(42, 7))
	var t Trials
	for a := range n {
		for b := range n {
			score := rng.NormFloat64()
			if a == b {
				score += 2 + shift
			}
			t.Add(score, a, b)
		}
	}
	return t
}

// TestBootstrap checks the interval against what theory says of one that needs no draws:
// with equal weights the figures are those of the curve, the interval holds the value,
// and it narrows as people become more.
func TestBootstrap(t *testing.T) {
	ctx := context.Background()
	var widths []float64
	for _, n := range []int{20, 80} {
		trials := population(n, 0)
		roc, err := NewROC(trials)
		require.NoError(t, err)
		for figure, want := range map[*Statistic]float64{ptr(TARAt(0.05)): roc.TARAt(0.05), ptr((*Weighted).AUC): roc.AUC()} {
			got, err := Bootstrap{Draws: 200}.Estimate(ctx, trials, *figure)
			require.NoError(t, err)
			require.InDelta(t, want, got.Value, 1e-12)
			require.LessOrEqual(t, got.Low, got.Value)
			require.GreaterOrEqual(t, got.High, got.Value)
		}
		got, err := Bootstrap{Draws: 200}.Estimate(ctx, trials, (*Weighted).AUC)
		require.NoError(t, err)
		again, err := Bootstrap{Draws: 200}.Estimate(ctx, trials, (*Weighted).AUC)
		require.NoError(t, err)
		require.Equal(t, got, again)
		widths = append(widths, got.High-got.Low)
	}
	require.InDelta(t, 2, widths[0]/widths[1], 0.8) // as the root of four times the people
}

func ptr(s Statistic) *Statistic { return &s }

func TestBootstrapDifference(t *testing.T) {
	ctx, b := context.Background(), Bootstrap{Draws: 200}
	gap, err := b.Difference(ctx, []Trials{population(60, 0.8)}, []Trials{population(60, 0)}, TARAt(0.05))
	require.NoError(t, err)
	require.Greater(t, gap.Low, 0.0, "a clear difference excludes zero: %s", gap)
	none, err := b.Difference(ctx, []Trials{population(60, 0)}, []Trials{population(60, 0)}, TARAt(0.05))
	require.NoError(t, err)
	require.Equal(t, Interval{}, none)
	_, err = b.Difference(ctx, []Trials{population(60, 0)}, []Trials{population(61, 0)}, TARAt(0.05))
	require.ErrorIs(t, err, ErrPairs)
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = b.Estimate(canceled, population(5, 0), TARAt(0.1))
	require.ErrorIs(t, err, context.Canceled)
}

// lopsided returns trials of people 10, 20, ... whom the protocol does not treat alike:
// some come first, some second, some pairs twice. Who is compared with whom depends on
// faces, the scores on run.
func lopsided(faces, run uint64) Trials {
	people, scores := rand.New(rand.NewPCG(faces, 1)), rand.New(rand.NewPCG(run, 2))
	var t Trials
	for i := range 400 {
		a, b := 1+people.IntN(9), 3+people.IntN(9)
		if people.IntN(3) == 0 {
			b = a
		}
		score := scores.NormFloat64()
		if a == b {
			score++
		}
		t.Add(math.Round(4*score)/4, 10*a, 10*b) // with ties
		t.Same[i] = t.Same[i] && i != 5          // one label is wrong
	}
	return t
}

// repeated is what a draw of people stands for: every trial as often as its people were
// drawn.
func repeated(t Trials, counts map[int]int) Trials {
	var out Trials
	for i := range t.Scores {
		n := counts[t.A[i]]
		if !t.Same[i] {
			n *= counts[t.B[i]]
		}
		for range n {
			out.Scores, out.Same = append(out.Scores, t.Scores[i]), append(out.Same, t.Same[i])
		}
	}
	return out
}

// TestBootstrapDifference_plain draws people, writes out the trials of each draw, and
// averages over the runs of either method.
func TestBootstrapDifference_plain(t *testing.T) {
	const draws, far = 60, 0.1
	first := []Trials{lopsided(1, 1), lopsided(1, 2), lopsided(1, 3)}
	second := []Trials{lopsided(1, 4).Sorted(), lopsided(1, 5)} // in whatever order
	people := map[int]int{}
	for i := range first[0].A {
		people[first[0].A[i]], people[first[0].B[i]] = 1, 1
	}
	names := slices.Sorted(maps.Keys(people))
	for name, c := range map[string]struct {
		figure Statistic
		plain  func(*ROC) float64
	}{"TAR": {TARAt(far), func(r *ROC) float64 { return r.TARAt(far) }}, "AUC": {(*Weighted).AUC, (*ROC).AUC}} {
		mean := func(runs []Trials, counts map[int]int) float64 {
			sum := 0.0
			for _, run := range runs {
				roc, err := NewROC(repeated(run, counts))
				require.NoError(t, err)
				sum += c.plain(roc)
			}
			return sum / float64(len(runs))
		}
		rng := rand.New(rand.NewPCG(7, 0))
		var gaps []float64
		for range draws {
			counts := map[int]int{}
			for range names {
				counts[names[rng.IntN(len(names))]]++
			}
			gaps = append(gaps, mean(first, counts)-mean(second, counts))
		}
		slices.Sort(gaps)
		got, err := Bootstrap{Draws: draws, Level: 0.9, Seed: 7}.Difference(context.Background(), first, second, c.figure)
		require.NoError(t, err)
		require.InDelta(t, mean(first, people)-mean(second, people), got.Value, 1e-12, name)
		require.InDelta(t, percentile(gaps, 0.05), got.Low, 1e-12, name)
		require.InDelta(t, percentile(gaps, 0.95), got.High, 1e-12, name)
	}
}

// TestDrawn_pairs keeps figures apart that share no draws.
func TestDrawn_pairs(t *testing.T) {
	draw := func(b Bootstrap, trials Trials) Resamples {
		d, err := b.Draw(context.Background(), trials, TARAt(0.1))
		require.NoError(t, err)
		return d
	}
	base, relabeled := draw(Bootstrap{Draws: 20}, lopsided(1, 1)), lopsided(1, 1)
	relabeled.Same[0] = !relabeled.Same[0]
	for name, other := range map[string]Resamples{
		"faces": draw(Bootstrap{Draws: 20}, lopsided(2, 1)),
		"seed":  draw(Bootstrap{Draws: 20, Seed: 1}, lopsided(1, 1)),
		"draws": draw(Bootstrap{Draws: 21}, lopsided(1, 1)),
		"label": draw(Bootstrap{Draws: 20}, relabeled),
	} {
		_, err := base.Minus(other)
		require.ErrorIs(t, err, ErrPairs, name)
		_, err = Average(base, other)
		require.ErrorIs(t, err, ErrPairs, name)
	}
	_, err := base.Minus(draw(Bootstrap{Draws: 20}, lopsided(1, 9)))
	require.NoError(t, err)
	_, err = Average()
	require.Error(t, err)
}

// BenchmarkDraw is a bucket of PoseSim-V: 1,000 people, three probes each, 400 draws.
func BenchmarkDraw(b *testing.B) {
	var t Trials
	rng := rand.New(rand.NewPCG(42, 7))
	for probe := range 3000 {
		for a := range 1000 {
			score := 0.1 * rng.NormFloat64()
			if a == probe/3 {
				score += 0.3
			}
			t.Add(score, a, probe/3)
		}
	}
	b.Run("sort", func(b *testing.B) {
		for b.Loop() {
			t.Sorted()
		}
	})
	t = t.Sorted()
	b.Run("ROC", func(b *testing.B) {
		for b.Loop() {
			_, _ = NewROC(t)
		}
	})
	b.Run("draw", func(b *testing.B) {
		for b.Loop() {
			_, _ = Bootstrap{Draws: 400}.Draw(context.Background(), t, TARAt(1e-2))
		}
	})
}

func TestByYaw(t *testing.T) {
	front := func(person int, f ...float32) Face { return Face{Person: person, Feature: f} }
	probe := func(person int, yawDeg float64, f ...float32) Face {
		return Face{Person: person, Angles: pose.FromDeg(yawDeg, 0, 0), Feature: f}
	}
	gallery := []Face{front(7, 1, 0), front(9, 0, 2), front(7, 3, 0)}
	got, err := ByYaw(gallery, []Face{probe(7, -10, 1, 1), probe(9, 20, 0, 1), probe(9, 90, 1, 0), probe(9, 91, 1, 0)}, YawBuckets())
	require.NoError(t, err)
	require.Equal(t, []int{2, 2, 0, 2}, []int{got[0].Len(), got[1].Len(), got[2].Len(), got[3].Len()})
	require.InDeltaSlice(t, []float64{math.Sqrt2 / 2, math.Sqrt2 / 2}, got[0].Scores, 1e-12)
	require.Equal(t, []bool{true, false}, got[0].Same)
	require.Equal(t, []float64{0, 1}, got[1].Scores)
	require.Equal(t, []bool{false, true}, got[1].Same)
	require.Equal(t, []float64{1, 0}, got[3].Scores)
	_, err = ByYaw(nil, nil, YawBuckets())
	require.ErrorIs(t, err, ErrPeople)
	_, err = ByYaw(gallery, []Face{probe(7, 0, 1)}, YawBuckets())
	require.ErrorContains(t, err, "length 1")
	_, err = ByYaw([]Face{front(1, 1, 0), front(1, -1, 0)}, nil, YawBuckets())
	require.ErrorIs(t, err, ErrFeature)
}

func TestLFWPairs(t *testing.T) {
	list := "2\t1\nAbel_Pacheco\t1\t4\nA_B\t1\tC_D\t22\n\nE\t3\t4\nE\t1\tF\t2\n"
	pairs, err := LFWPairs(strings.NewReader(list), "")
	require.NoError(t, err)
	require.Equal(t, []ImagePair{
		{"Abel_Pacheco/Abel_Pacheco_0001.jpg", "Abel_Pacheco/Abel_Pacheco_0004.jpg", true, 0},
		{"A_B/A_B_0001.jpg", "C_D/C_D_0022.jpg", false, 0},
		{"E/E_0003.jpg", "E/E_0004.jpg", true, 1},
		{"E/E_0001.jpg", "F/F_0002.jpg", false, 1},
	}, pairs)
	files, index, folds := Index(pairs)
	require.Len(t, files, 8)
	require.Equal(t, Pair{A: 4, B: 5, Same: true}, index[2])
	require.Equal(t, []int{0, 0, 1, 1}, folds)
	one, err := LFWPairs(strings.NewReader("1\nE 3 4\nE 1 F 2"), ".png")
	require.NoError(t, err)
	require.Equal(t, "F/F_0002.png", one[1].B)
	for name, bad := range map[string]string{
		"empty": "", "words": "1 2 3", "number": "x 1", "huge": "1 99999999", "short": "1 1\nA 1 2", "long": "1 1\nA 1 2\nA 1 B 2\nA 1 2",
		"order": "1 1\nA 1 B 2\nA 1 2", "path": "1 1\n../A 1 2\nA 1 B 2", "image": "1 1\nA one 2\nA 1 B 2",
	} {
		_, err := LFWPairs(strings.NewReader(bad), "")
		require.ErrorIs(t, err, ErrPairs, name)
		require.ErrorContains(t, err, "line", name)
	}
}

func TestCPLFWPairs(t *testing.T) {
	var list strings.Builder
	for i := range 40 { // those of the same person first, as in the published lists
		label := "1"
		if i >= 20 {
			label = "0"
		}
		list.WriteString("A_1.jpg " + label + "\nB_2.jpg " + label + "\n")
	}
	pairs, err := CPLFWPairs(strings.NewReader(list.String()))
	require.NoError(t, err)
	require.Len(t, pairs, 40)
	var counts [10][2]int
	for _, p := range pairs {
		counts[p.Fold][kind(p.Same)]++
	}
	for _, c := range counts {
		require.Equal(t, [2]int{2, 2}, c)
	}
	for name, bad := range map[string]string{
		"few": "a 1\nb 1\n", "odd": list.String() + "a 1\n", "labels": "a 1\nb 0\n", "words": "a\nb\n", "outside": "../a 1\nb 1\n", "label": "a x\nb x\n",
	} {
		_, err := CPLFWPairs(strings.NewReader(bad))
		require.ErrorIs(t, err, ErrPairs, name)
	}
}

func TestFolds_refuses(t *testing.T) {
	_, err := FoldsOf([]float64{1, 2}, []bool{true, false}, []int{0, 1})
	require.ErrorIs(t, err, ErrPairs) // a fold with pairs of one kind
	_, err = FoldsOf(nil, nil, nil)
	require.ErrorIs(t, err, ErrPairs)
	_, err = FoldsOf([]float64{1, 2}, []bool{true, false}, []int{0, 0})
	require.ErrorIs(t, err, ErrPairs)
}

// cfp builds the protocol of two people with two frontal images and one profile each.
func cfp() fstest.MapFS {
	fs := fstest.MapFS{
		"Pair_list_F.txt": {Data: []byte("1 ../Data/Images/001/frontal/01.jpg\n2 ../Data/Images/001/frontal/02.jpg\n3 ../Data/Images/002/frontal/01.jpg\n")},
		"Pair_list_P.txt": {Data: []byte("1 ../Data/Images/001/profile/01.jpg\n2 ../Data/Images/002/profile/01.jpg\n")},
	}
	for _, split := range []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10"} {
		fs["Split/FP/"+split+"/same.txt"] = &fstest.MapFile{Data: []byte("1,1\n3,2\n")}
		fs["Split/FP/"+split+"/diff.txt"] = &fstest.MapFile{Data: []byte("1,2\n3,1\n")}
		fs["Split/FF/"+split+"/same.txt"] = &fstest.MapFile{Data: []byte("1,2\n")}
		fs["Split/FF/"+split+"/diff.txt"] = &fstest.MapFile{Data: []byte("1,3\n")}
	}
	return fs
}

func TestCFPNative(t *testing.T) {
	lists, err := ReadCFP(cfp(), CFPProfile)
	require.NoError(t, err)
	require.Len(t, lists.Files, 5)
	require.Equal(t, []Pair{{0, 3, true}, {2, 4, true}, {0, 4, false}, {2, 3, false}}, lists.Splits[9])
	// Cosines: 0.6 and 1 for the same person, 0.8 and 0 for two.
	got, err := CFPNative([][]float32{{1, 0}, {1, 0}, {0, 1}, {0.6, 0.8}, {0, 2}}, lists)
	require.NoError(t, err)
	require.InDelta(t, 0.75, got.AUC, 1e-12) // of four comparisons only 0.6 against 0.8 is lost
	require.InDelta(t, 0.75, got.Accuracy, 1e-12)
	frontal, err := ReadCFP(cfp(), CFPFrontal)
	require.NoError(t, err)
	got, err = CFPNative([][]float32{{1, 0}, {1, 0}, {0, 1}}, frontal)
	require.NoError(t, err)
	require.Equal(t, CFPResult{AUC: 1, Accuracy: 1}, got)
	_, err = CFPNative(nil, frontal)
	require.Error(t, err)
	_, err = ReadCFP(cfp(), "PP")
	require.ErrorContains(t, err, "PP")
	broken := cfp()
	broken["Split/FP/03/diff.txt"] = &fstest.MapFile{Data: []byte("1,2\n4,1\n")}
	_, err = ReadCFP(broken, CFPProfile)
	require.ErrorContains(t, err, "line 2")
	delete(broken, "Split/FP/03/diff.txt")
	_, err = ReadCFP(broken, CFPProfile)
	require.Error(t, err)
	broken["Pair_list_F.txt"] = &fstest.MapFile{Data: []byte("2 x.jpg\n")}
	_, err = ReadCFP(broken, CFPFrontal)
	require.ErrorIs(t, err, ErrPairs)
}

func TestIJB(t *testing.T) {
	images, err := ReadIJBImages(strings.NewReader("1.jpg 1 10\n2.jpg 1 11\n3.jpg 1 11\n4.jpg 2 12\n5.jpg 3 13\n"))
	require.NoError(t, err)
	features := [][]float32{{1, 0}, {0, 3}, {0, 5}, {2, 8}, {8, -2}}
	templates, err := Templates(images, features, nil)
	require.NoError(t, err)
	norm := math.Sqrt(1 + 16) // (1, 0) + mean((0, 3), (0, 5)): media count alike, not images
	require.InDeltaSlice(t, []float64{1 / norm, 4 / norm}, templates[1], 1e-12)
	pairs, err := ReadIJBPairs(strings.NewReader("1 2 1\n1 3 0\n2 3 0\n"))
	require.NoError(t, err)
	got, err := IJB(templates, pairs)
	require.NoError(t, err)
	require.Equal(t, []float64{1, 1, 1, 1, 1, 1}, got.TAR)
	weighted, err := Templates(images, features, []float64{4, 0.5, 0.5, 1, 1})
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{4 / math.Sqrt(20), 2 / math.Sqrt(20)}, weighted[1], 1e-12)
	_, err = IJB(templates, []IJBPair{{A: 1, B: 99}})
	require.ErrorIs(t, err, ErrTemplate)
	_, err = Templates(images, features[1:], nil)
	require.ErrorIs(t, err, ErrTemplate)
	_, err = ReadIJBImages(strings.NewReader("1.jpg 1\n"))
	require.ErrorContains(t, err, "line 1")
	_, err = ReadIJBPairs(strings.NewReader("1 2 x\n"))
	require.Error(t, err)
	marks, err := ReadIJBLandmarks(strings.NewReader("1.jpg 1 2 3 4 5 6 7 8 9 10 0.99\n"))
	require.NoError(t, err)
	require.Equal(t, [2]float64{9, 10}, marks[0].Landmarks[4])
	require.Equal(t, 0.99, marks[0].Score)
	_, err = ReadIJBLandmarks(strings.NewReader("1.jpg 1 2 3 4 5 6 7 8 9 10 high\n"))
	require.Error(t, err)
}

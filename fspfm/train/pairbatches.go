package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/train/run"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// pairBatches deals out pairs: each profile once per epoch, with a frontal face of the
// same person, new ones every epoch, and beside them as many faces of any pose, if those
// are asked for. Like run.Sampler it is a function of the seed and the step.
type pairBatches struct {
	data  *features.Set
	pairs *dataset.Pairs
	faces *run.Sampler // nil without faces beside the pairs
	means int          // the number of the first person's mean face, 0 for pairs of single faces
	seed  uint64
	each  int

	epoch  int
	chosen []dataset.Pair
}

// newPairBatches pairs the first faces of data. Those behind them are withMeans's.
func newPairBatches(data *features.Set, faces int, cfg PairsConfig) (*pairBatches, error) {
	if len(data.Angles) == 0 {
		return nil, fmt.Errorf("train: %w: pairs need angles, and there are none", features.ErrMismatch)
	}
	samples := make([]dataset.Sample, faces)
	for i := range samples {
		samples[i].Label = dataset.Label{Identity: data.Identities[i], HasPose: true, Pose: data.Angles[i]}
	}
	source, err := dataset.NewMemory(samples, nil)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	pairs, err := dataset.NewPairs(source, dataset.PairOptions{ProfileAbove: pose.Radians(cfg.ProfileDeg), FrontalBelow: pose.Radians(cfg.FrontalDeg)})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	b := &pairBatches{data: data, pairs: pairs, seed: cfg.Seed, each: min(cfg.Batch, pairs.Len()), epoch: -1}
	if data.Len() > faces {
		b.means = faces
	}
	if !cfg.PairsOnly {
		b.faces = run.NewSampler(faces, b.each, cfg.Seed)
	}
	return b, nil
}

func (b *pairBatches) perEpoch() int { return b.pairs.Len() / b.each }

func (b *pairBatches) at(step int) []dataset.Pair {
	epoch, k := step/b.perEpoch(), step%b.perEpoch()
	if epoch != b.epoch {
		b.epoch, b.chosen = epoch, b.pairs.Epoch(b.seed, epoch)
		rng := rand.New(rand.NewPCG(b.seed, uint64(epoch)))
		rng.Shuffle(len(b.chosen), func(i, j int) { b.chosen[i], b.chosen[j] = b.chosen[j], b.chosen[i] })
		for i, pair := range b.chosen {
			if b.means > 0 {
				b.chosen[i].Frontal = b.means + b.data.Identities[pair.Profile]
			}
		}
	}
	return b.chosen[k*b.each : (k+1)*b.each]
}

func (b *pairBatches) Batch(_ context.Context, step int) ([]*tensors.Tensor, bool, error) {
	frontal, profile := make([]int32, b.each), make([]int32, b.each)
	for i, pair := range b.at(step) {
		frontal[i], profile[i] = int32(pair.Frontal), int32(pair.Profile)
	}
	out := []*tensors.Tensor{tensors.FromFlatDataAndDimensions(frontal, b.each), tensors.FromFlatDataAndDimensions(profile, b.each)}
	if b.faces != nil {
		out = append(out, tensors.FromFlatDataAndDimensions(b.faces.At(step), b.each))
	}
	return out, true, nil
}

func (b *pairBatches) Samples(step int) []string {
	var names []string
	for _, pair := range b.at(step) {
		names = append(names, b.data.Name(pair.Frontal)+"+"+b.data.Name(pair.Profile))
	}
	return names
}

func (b *pairBatches) Size() int { return b.each }

// withMeans returns the faces with one more behind them for every person: the mean over
// the person's faces with all angles within limit, of their features, of the length that
// these have in the mean, and of their pose vectors. A person without such a face gets
// the mean over all.
func withMeans(f *features.Set, limit float64) (*features.Set, error) {
	if len(f.Angles) == 0 {
		return nil, fmt.Errorf("train: %w: mean frontal faces need angles, and there are none", features.ErrMismatch)
	}
	out := *f
	out.Values, out.Poses, out.Angles = f.Values[:len(f.Values):len(f.Values)], f.Poses[:len(f.Poses):len(f.Poses)], f.Angles[:len(f.Angles):len(f.Angles)]
	out.Identities, out.Names = f.Identities[:len(f.Identities):len(f.Identities)], nil
	faces := make([][]int, f.Classes())
	frontal := make([][]int, f.Classes())
	for i, id := range f.Identities {
		faces[id] = append(faces[id], i)
		if a := f.Angles[i]; max(math.Abs(a.Yaw), math.Abs(a.Pitch), math.Abs(a.Roll)) <= limit {
			frontal[id] = append(frontal[id], i)
		}
	}
	for id, chosen := range frontal {
		if len(chosen) == 0 {
			chosen = faces[id]
		}
		out.Values = append(out.Values, meanRow(f.Values, f.FeatureLen, chosen, true)...)
		if len(f.Poses) > 0 {
			out.Poses = append(out.Poses, meanRow(f.Poses, f.PoseLen, chosen, false)...)
		}
		out.Angles, out.Identities = append(out.Angles, pose.Angles{}), append(out.Identities, id)
	}
	return &out, nil
}

// meanRow is the mean over some rows of a table. With keep it has the rows' mean length,
// which the mean of vectors in several directions falls short of.
func meanRow(values []float32, length int, chosen []int, keep bool) []float32 {
	sum, norms := make([]float64, length), 0.0
	for _, i := range chosen {
		row := values[i*length : (i+1)*length]
		for j, v := range row {
			sum[j] += float64(v)
		}
		norms += vector.Norm(row)
	}
	norm := vector.Norm(sum)
	scale := 1 / float64(max(len(chosen), 1))
	if keep && norm > 0 {
		scale *= norms / norm
	}
	out := make([]float32, length)
	for j, v := range sum {
		out[j] = float32(v * scale)
	}
	return out
}

package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/loss"
)

// pixelBatches takes the batches of a dataset.Loader, which reads ahead on goroutines of
// its own, and makes tensors of them on another, ahead of the trainer. Asked for another
// step than the next one, as after a restart, it begins to read there.
type pixelBatches struct {
	loader *dataset.Loader
	each   int
	// tensors makes what the objective takes. The batch is given back to the loader
	// afterwards.
	tensors func(b *dataset.Batch, step int) ([]*tensors.Tensor, error)

	ready  chan made
	stop   context.CancelFunc
	coming int // step of the next batch
	last   []string
	waited time.Duration
}

// made is a batch as the objective takes it, and the names of its faces.
type made struct {
	tensors []*tensors.Tensor
	names   []string
	err     error
}

// batchesAhead is the number of batches whose tensors are made before they are asked for.
const batchesAhead = 2

func (p *pixelBatches) Size() int { return p.each }

// batch reads on. The context is that of the whole run: reading ahead ends with it.
func (p *pixelBatches) Batch(ctx context.Context, step int) ([]*tensors.Tensor, bool, error) {
	if p.ready == nil || p.coming != step {
		p.close()
		reading, stop := context.WithCancel(ctx)
		p.ready, p.stop, p.coming = make(chan made, batchesAhead-1), stop, step
		go p.read(reading, step, p.ready)
	}
	began := time.Now()
	m, ok := <-p.ready
	p.waited += time.Since(began)
	if !ok {
		return nil, false, cmp.Or(ctx.Err(), errors.New("the set has no more batches"))
	}
	p.coming++
	p.last = m.names
	return m.tensors, true, m.err
}

// read makes batches from a step on, until the context ends or one of them fails.
func (p *pixelBatches) read(ctx context.Context, step int, ready chan<- made) {
	defer close(ready)
	steps := p.loader.Steps()
	for b, err := range p.loader.Batches(ctx, dataset.Position{Epoch: step / steps, Step: step % steps}) {
		m := made{err: err}
		if err == nil {
			for _, l := range b.Labels {
				m.names = append(m.names, l.Key)
			}
			m.tensors, m.err = p.tensors(b, step)
			b.Release()
		}
		select {
		case ready <- m:
		case <-ctx.Done():
			m.free()
			return
		}
		if m.err != nil {
			return
		}
		step++
	}
}

func (m made) free() {
	for _, t := range m.tensors {
		t.FinalizeAll()
	}
}

// samples names the faces of the last batch.
func (p *pixelBatches) Samples(int) []string { return p.last }

// close ends the reading ahead, and waits for its end.
func (p *pixelBatches) close() {
	if p.stop == nil {
		return
	}
	p.stop()
	for m := range p.ready {
		m.free()
	}
	p.ready, p.stop = nil, nil
}

// PoseVectors gives the pose vector of a face as the loader's augmentation has left it.
type PoseVectors interface {
	// Len is the length of the vectors.
	Len() int
	// Vector appends the vector of face i of the source. The label is that of the picture
	// that the network sees, which may be mirrored.
	Vector(dst []float32, i int, label *dataset.Label) ([]float32, error)
}

// LabelAngles takes yaw, pitch and roll from the labels, for heads that take angles.
type LabelAngles struct{}

// Len returns 3.
func (LabelAngles) Len() int { return 3 }

// Vector appends the angles in radians. A face whose pose is not known is an error.
func (LabelAngles) Vector(dst []float32, _ int, l *dataset.Label) ([]float32, error) {
	if !l.HasPose {
		return dst, fmt.Errorf("train: face %s: %w", l.Key, dataset.ErrNoPose)
	}
	return append(dst, float32(l.Pose.Yaw), float32(l.Pose.Pitch), float32(l.Pose.Roll)), nil
}

// PoseTable holds pose features that were estimated before, of every face and of its
// mirror image: a frozen pose estimator need not run along with the training.
type PoseTable struct {
	Length        int
	Faces, Mirror []float32 // [faces, Length] each; Mirror may be left out where no face is mirrored
	Source        dataset.Source
	// Hash names the values: a run is not resumed with others. It may be empty.
	Hash string
}

// NewPoseTable takes the pose features of a source, and with Mirror those of its mirror
// images, from what features.Make has made of pictures of the same moments.
func NewPoseTable(poses *features.Set, source dataset.Source) (PoseTable, error) {
	n := source.Len()
	if poses.Len() != n && poses.Len() != 2*n {
		return PoseTable{}, fmt.Errorf("train: %w: %d pose features for %d faces or these and their mirror images", features.ErrMismatch, poses.Len(), n)
	}
	faces := n * poses.FeatureLen
	return PoseTable{Length: poses.FeatureLen, Faces: poses.Values[:faces], Mirror: poses.Values[faces:], Source: source, Hash: poses.Hash()}, nil
}

// Len returns the length of the pose features.
func (t PoseTable) Len() int { return t.Length }

// Vector appends the feature of face i, or of its mirror image if the label's yaw or roll
// has the other sign than the source's.
func (t PoseTable) Vector(dst []float32, i int, l *dataset.Label) ([]float32, error) {
	if i < 0 || i >= t.Source.Len() {
		return dst, fmt.Errorf("train: face %s: no pose feature %d in a table of %d", l.Key, i, t.Source.Len())
	}
	values := t.Faces
	if was := t.Source.Label(i); was.HasPose && (was.Pose.Yaw*l.Pose.Yaw < 0 || was.Pose.Roll*l.Pose.Roll < 0) {
		values = t.Mirror
	}
	if (i+1)*t.Length > len(values) {
		return dst, fmt.Errorf("train: face %s: no pose feature %d in a table of %d", l.Key, i, len(values)/max(1, t.Length))
	}
	return append(dst, values[i*t.Length:(i+1)*t.Length]...), nil
}

// faceTensors makes the inputs of stage 1 from a batch: pixels, classes, pose vectors if
// there are any, and for PartialFC the numbers of the sampled classes, with the batch's
// classes as positions among them.
func faceTensors(b *dataset.Batch, poses PoseVectors, partial *loss.PartialFC, classes, step int) ([]*tensors.Tensor, error) {
	n := b.Len()
	pixels := make([]float32, len(b.Pixels))
	copy(pixels, b.Pixels)
	out := []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, n, dataset.Size, dataset.Size, 3)}
	ids := b.Identities()
	var sampled []int32
	if partial != nil {
		labels := make([]int, n)
		for i, id := range ids {
			labels[i] = int(id)
		}
		s, err := partial.Sample(labels, classes, uint64(step))
		if err != nil {
			return nil, fmt.Errorf("train: %w", err)
		}
		ids, sampled = narrow(s.Labels), narrow(s.Classes)
	}
	out = append(out, tensors.FromFlatDataAndDimensions(ids, n))
	if poses != nil {
		var vectors []float32
		for i := range b.Labels {
			var err error
			if vectors, err = poses.Vector(vectors, b.Index[i], &b.Labels[i]); err != nil {
				return nil, err
			}
		}
		out = append(out, tensors.FromFlatDataAndDimensions(vectors, n, poses.Len()))
	}
	if sampled != nil {
		out = append(out, tensors.FromFlatDataAndDimensions(sampled, len(sampled)))
	}
	return out, nil
}

// narrow makes numbers of classes what graphs take.
func narrow(values []int) []int32 {
	out := make([]int32, len(values))
	for i, v := range values {
		out[i] = int32(min(v, math.MaxInt32))
	}
	return out
}

package dataset

import "time"

// Position is a place between two batches: the one to come is batch Step of its epoch,
// both counted from 0. It is all that has to be kept to go on exactly there.
type Position struct {
	Epoch int `json:"epoch"`
	Step  int `json:"step"`
}

// View is one face of every item of a batch.
type View struct {
	Index  []int     // of the faces, in the Loader's source
	Labels []Label   // as augmentation left them
	Pixels []float32 // [batch, 112, 112, 3], RGB as x/127.5 - 1; nil if Options.Bytes
	Bytes  []uint8   // [batch, 112, 112, 3], RGB; nil unless Options.Bytes
}

// Identities returns the classes of the labels.
func (v *View) Identities() []int32 {
	ids := make([]int32, len(v.Labels))
	for i := range v.Labels {
		ids[i] = int32(v.Labels[i].Identity)
	}
	return ids
}

// Batch is what a Loader gives: faces, or the frontal faces of pairs with the profiles of
// the same people beside them.
type Batch struct {
	View
	Profile *View // nil unless the Loader is one of pairs

	Position          // of this batch
	Next     Position // of the one after it: save it to resume behind this batch

	// Waited is how long the consumer had to wait for this batch. Where it is not near
	// zero, reading and decoding are slower than what is done with the batches.
	Waited time.Duration

	loader *Loader
}

// Len returns the number of items.
func (b *Batch) Len() int { return len(b.Index) }

// Release gives the pixels back for later batches. It is optional; nothing of the batch
// may be used after it.
func (b *Batch) Release() {
	for _, v := range b.views() {
		if v.Pixels != nil {
			b.loader.floats.Put(&v.Pixels)
		}
		if v.Bytes != nil {
			b.loader.bytes.Put(&v.Bytes)
		}
	}
}

func (b *Batch) views() []*View {
	if b.Profile == nil {
		return []*View{&b.View}
	}
	return []*View{&b.View, b.Profile}
}

// newBatch returns a batch with room for the faces of n items.
func (l *Loader) newBatch(at Position, n int) *Batch {
	b := &Batch{Position: at, loader: l}
	if l.plan.views() == 2 {
		b.Profile = &View{}
	}
	for _, v := range b.views() {
		v.Index, v.Labels = make([]int, n), make([]Label, n)
		if l.options.Bytes {
			v.Bytes = buffer[uint8](l.bytes.Get(), n*PixelLen)
		} else {
			v.Pixels = buffer[float32](l.floats.Get(), n*PixelLen)
		}
	}
	return b
}

// buffer returns n elements, those of a released batch if it has enough of them.
func buffer[T any](released any, n int) []T {
	if p, ok := released.(*[]T); ok && cap(*p) >= n {
		return (*p)[:n]
	}
	return make([]T, n)
}

package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/sim"
)

// Heads is a set of rendered heads. Unless Aligned is set, its pictures are for pose networks: photos of heads with their surroundings, cut as the
// network will see them, but wider by a margin, so that training can move its window. Aligned pictures are for recognisers. Everything about
// picture i is a function of the seed and i: two sets that differ in Aligned alone show the same moments.
type Heads struct {
	// People and Each are the number of identities and of photos of each.
	People, Each int
	// Seed chooses people and photos: sets with different seeds have no person in common.
	Seed    uint64
	Aligned bool
	// Misaligned adds errors of alignment to aligned pictures: see the function of that name.
	Misaligned float64

	people *rendered.People
}

// keptPeople is the number of people of Heads that are kept, about 2.5 MB each, unless Keep says otherwise.
const keptPeople = 64

// The window of a pose network within the pictures of Heads.
const (
	poseWindow   = 96
	windowMargin = (dataset.Size - poseWindow) / 2
	// wideMargin widens a detector's box so that the central window is the box with hopenet's default margin of a quarter on every side.
	wideMargin = (1.5*dataset.Size/poseWindow - 1) / 2
)

// NewHeads returns a set.
func NewHeads(people, each int, seed uint64, aligned bool) (*Heads, error) {
	if people < 1 || each < 1 {
		return nil, fmt.Errorf("train: heads: %d people, %d photos of each", people, each)
	}
	h := &Heads{People: people, Each: each, Seed: seed, Aligned: aligned}
	h.Keep(keptPeople)
	return h, nil
}

// Keep sets the number of people that are kept, since to make one takes longer than to render it once: as many as are asked for in
// turn. It must not be called while pictures are taken.
func (h *Heads) Keep(people int) { h.people = rendered.NewPeople(people, sim.NewIdentity) }

// Len returns the number of photos.
func (h *Heads) Len() int { return h.People * h.Each }

// Identities returns the number of people.
func (h *Heads) Identities() int { return h.People }

// IdentityName returns the person's seed.
func (h *Heads) IdentityName(id int) string { return fmt.Sprintf("head-%016x", h.personSeed(id)) }

// personSeed is the seed of a person: a hash, so that sets of different seeds do not meet, below those that are reserved for PoseSim-V.
func (h *Heads) personSeed(id int) uint64 {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, h.Seed), uint64(id)))
	return binary.LittleEndian.Uint64(sum[:]) % rendered.Reserved
}

// draws are the random numbers of a photo.
func (h *Heads) draws(i int) *rand.Rand {
	return rand.New(rand.NewPCG(h.personSeed(i/h.Each), uint64(i%h.Each)))
}

// angles draws how a head is turned: a quarter of them look into the camera; of the others the yaw is spread evenly to both profiles, pitch and
// roll as heads are held.
func (h *Heads) angles(r *rand.Rand) pose.Angles {
	bound := func(sd, most float64) float64 { return min(max(sd*r.NormFloat64(), -most), most) }
	if r.Float64() < 0.25 {
		return pose.FromDeg(bound(6, 15), bound(6, 15), bound(5, 15))
	}
	return pose.FromDeg(190*r.Float64()-95, bound(18, 60), bound(15, 50))
}

// Label implements dataset.Source.
func (h *Heads) Label(i int) dataset.Label {
	return dataset.Label{Identity: i / h.Each, Key: fmt.Sprintf("%s/%d", h.IdentityName(i/h.Each), i%h.Each), Simulated: true,
		HasPose: true, Pose: h.angles(h.draws(i))}
}

// At renders photo i.
func (h *Heads) At(ctx context.Context, i int) (dataset.Sample, error) {
	if err := ctx.Err(); err != nil {
		return dataset.Sample{}, err
	}
	if i < 0 || i >= h.Len() {
		return dataset.Sample{}, fmt.Errorf("train: heads: no photo %d of %d", i, h.Len())
	}
	person := h.people.Get(h.personSeed(i / h.Each))
	r := h.draws(i)
	shot := sim.RandomShot(r, h.angles(r))
	if h.Aligned {
		photo, _ := sim.Render(person, Misaligned(shot, h.Misaligned))
		return dataset.Sample{Label: h.Label(i), Pix: imaging.FromImage(photo).Pix}, nil
	}
	pix, err := PosePixels(person, shot, r)
	if err != nil {
		return dataset.Sample{}, fmt.Errorf("train: heads: photo %d: %w", i, err)
	}
	return dataset.Sample{Label: h.Label(i), Pix: pix}, nil
}

// Misaligned is a shot whose aligned picture is off by so many times what a detector errs: 1 % of the side, 3 % in size, 1.5 degrees. The errors are a
// function of the shot's seed. They come on top of those that the shot has.
func Misaligned(s sim.Shot, factor float64) sim.Shot {
	if factor == 0 {
		return s
	}
	r := rand.New(rand.NewPCG(s.Seed, 0xa11a))
	s.Camera.Shift[0] += 0.01 * factor * r.NormFloat64()
	s.Camera.Shift[1] += 0.01 * factor * r.NormFloat64()
	s.Camera.Zoom += 0.03 * factor * r.NormFloat64()
	s.Camera.Tilt += pose.Radians(1.5) * factor * r.NormFloat64()
	return s
}

// PosePixels takes the picture that a pose network is trained on: the shot's moment with the head's surroundings, cut around a box that is
// off as a detector's is, [112, 112, 3].
func PosePixels(person *sim.Identity, shot sim.Shot, r *rand.Rand) ([]uint8, error) {
	shot.Camera.Wide, shot.Camera.Width, shot.Camera.Height = true, 144, 144
	shot.Camera.Head = 0.45 + 0.15*r.Float64()
	photo, label := sim.Render(person, shot)
	cfg := hopenet.Config{Margins: &pose.Margins{Left: wideMargin, Top: wideMargin, Right: wideMargin, Bottom: wideMargin}, Std: [3]float32{1, 1, 1}}
	planes, err := cfg.Cut(pose.Subject{Photo: photo, Box: shaken(label.Box, r)}, dataset.Size)
	if err != nil {
		return nil, err
	}
	return interleaved(planes), nil
}

// shaken moves the sides of a box as detectors do, each by up to a twelfth of the box.
func shaken(b pose.Rect, r *rand.Rand) pose.Rect {
	by := func(length float64) float64 { return length * (2*r.Float64() - 1) / 12 }
	w, h := b.Dx(), b.Dy()
	return pose.Rect{MinX: b.MinX + by(w), MinY: b.MinY + by(h), MaxX: b.MaxX + by(w), MaxY: b.MaxY + by(h)}
}

// interleaved makes RGB samples of planes [3, size, size] in 0 to 255.
func interleaved(planes []float32) []uint8 {
	n := len(planes) / 3
	pix := make([]uint8, len(planes))
	for c := range 3 {
		for i := range n {
			pix[3*i+c] = uint8(min(max(planes[c*n+i]+0.5, 0), 255))
		}
	}
	return pix
}

// Gather renders or reads a whole set into memory, on all processors, so that epochs after the first cost nothing. told, if given, is called
// after each face with the number of those done. The pixels of a set of ten thousand take 380 MB.
func Gather(ctx context.Context, source dataset.Source, told func(done, all int)) (dataset.Source, error) {
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: 16, Order: dataset.InOrder, Partial: true, Epochs: 1, Bytes: true})
	if err != nil {
		return nil, fmt.Errorf("train: gather: %w", err)
	}
	samples := make([]dataset.Sample, 0, source.Len())
	for batch, err := range loader.Batches(ctx, dataset.Position{}) {
		if err != nil {
			return nil, fmt.Errorf("train: gather: %w", err)
		}
		for i, label := range batch.Labels {
			pix := make([]uint8, dataset.PixelLen)
			copy(pix, batch.Bytes[i*dataset.PixelLen:])
			samples = append(samples, dataset.Sample{Label: label, Pix: pix})
		}
		batch.Release()
		if told != nil {
			told(len(samples), source.Len())
		}
	}
	names := make([]string, source.Identities())
	for id := range names {
		names[id] = source.IdentityName(id)
	}
	return dataset.NewMemory(samples, names)
}

package heads

import (
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/sim"
)

// wideMargin widens a detector's box so that hopenet.Window is the box with that margin.
const wideMargin = (1.5*dataset.Size/hopenet.Window - 1) / 2

// Misaligned is a shot whose aligned picture is off by so many times what a detector
// errs: 1 % of the side, 3 % in size, 1.5 degrees. The errors are a function of the
// shot's seed. They come on top of those that the shot has.
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

// PosePixels takes the picture that a pose network is trained on: the shot's moment with
// the head's surroundings, cut around a box that is off as a detector's is, [112, 112,
// 3].
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

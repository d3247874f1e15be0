package augment

import (
	"fmt"
	"math/rand/v2"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// Config says what is done to faces and how often. The zero value does nothing.
type Config struct {
	Gray   float64 `json:"gray,omitempty"` // probability
	Flip   float64 `json:"flip,omitempty"` // probability
	Jitter Jitter  `json:"jitter,omitzero"`
}

// Jitter is how far colors are changed, in torchvision's terms: brightness, contrast and
// saturation by a factor evenly distributed within 1±x, not below 0; hue by a part of the
// circle within ±x. 0 leaves the picture as it is.
type Jitter struct {
	Brightness float64 `json:"brightness,omitempty"`
	Contrast   float64 `json:"contrast,omitempty"`
	Saturation float64 `json:"saturation,omitempty"`
	Hue        float64 `json:"hue,omitempty"` // at most 0.5
}

// Paper returns the augmentation of the paper (section 4.1.2): random gray, flip, color
// jitter. The paper states no strengths. These are torchvision's default for random gray,
// the usual one for the flip, and jitter mild enough that skin stays skin.
func Paper() Config {
	return Config{Gray: 0.1, Flip: 0.5, Jitter: Jitter{Brightness: 0.2, Contrast: 0.2, Saturation: 0.2, Hue: 0.02}}
}

// Check returns an error if a setting is out of its range.
func (c Config) Check() error {
	j := c.Jitter
	within := func(v, limit float64) bool { return v >= 0 && v <= limit }
	if !within(c.Gray, 1) || !within(c.Flip, 1) || !within(j.Hue, 0.5) ||
		!within(j.Brightness, 1e3) || !within(j.Contrast, 1e3) || !within(j.Saturation, 1e3) {
		return fmt.Errorf("augment: %+v: probabilities are within 0 and 1, hue within 0 and 0.5, the others not negative", c)
	}
	return nil
}

// Augment implements dataset.Augmenter.
func (c Config) Augment(pix []uint8, label *dataset.Label, r *rand.Rand) {
	gray, flip := r.Float64() < c.Gray, r.Float64() < c.Flip
	order := [4]int{0, 1, 2, 3}
	r.Shuffle(4, func(i, j int) { order[i], order[j] = order[j], order[i] })
	around := func(center, x float64) float64 {
		low := max(center-x, center-1, -x) // a factor is not negative; hue, around 0, goes both ways
		return low + r.Float64()*(center+x-low)
	}
	j := c.Jitter
	changes := [4]struct {
		strength, by float64
		apply        func([]uint8, float64)
	}{
		{j.Brightness, around(1, j.Brightness), Brightness},
		{j.Contrast, around(1, j.Contrast), Contrast},
		{j.Saturation, around(1, j.Saturation), Saturation},
		{j.Hue, around(0, j.Hue), Hue},
	}
	if gray {
		Gray(pix)
	}
	if flip {
		Flip(pix, dataset.Size)
		label.Flip()
	}
	for _, k := range order {
		if changes[k].strength > 0 {
			changes[k].apply(pix, changes[k].by)
		}
	}
}

// Flip mirrors a picture, [height, width, 3], left to right.
func Flip(pix []uint8, width int) {
	for ; len(pix) >= 3*width; pix = pix[3*width:] {
		for i, j := 0, 3*(width-1); i < j; i, j = i+3, j-3 {
			a, b := (*[3]uint8)(pix[i:]), (*[3]uint8)(pix[j:])
			*a, *b = *b, *a
		}
	}
}

package fspfm

import (
	"image"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
)

// cropShift is by how much the shifted crops of decision.Full lie beside the aligned one,
// in units of the distance between eyes and mouth: about what detectors err by on turned
// faces.
const cropShift = 0.06

// cropsOf returns the pictures of a face whose features are averaged. Kind is what
// Decision.Of returns.
func cropsOf(photo image.Image, f face.Face, side int, kind decision.Crops) (backbone.Crops, error) {
	shifts := [][2]float64{{0, 0}}
	if kind == decision.Full {
		shifts = append(shifts, [][2]float64{{cropShift, 0}, {-cropShift, 0}, {0, cropShift}, {0, -cropShift}}...)
	}
	crops := backbone.Crops{Mirrored: kind != decision.One}
	for _, s := range shifts {
		upright, err := face.AlignShifted(photo, f, side, s[0], s[1])
		if err != nil {
			return backbone.Crops{}, err
		}
		crops.Images = append(crops.Images, upright)
	}
	return crops, nil
}

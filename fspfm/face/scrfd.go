package face

import (
	"fmt"
	"image"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// newSCRFD returns a Detector on an SCRFD network. The network's outputs are, in this
// order, the scores of all strides, their boxes and, in files with landmarks, their
// points. 6 and 9 outputs mean strides 8, 16 and 32 with two anchors per cell; 10 and 15
// mean strides 8 to 128 with one. Without points, the faces have no landmarks and cannot
// be aligned.
func newSCRFD(n network, o Options) (*Detector, error) {
	mean := [3]float32{127.5, 127.5, 127.5}
	return newDetector(n, family{
		name:     "SCRFD",
		layout:   imaging.Layout{Mean: mean, Scale: 1. / 128},
		divisor:  32,
		defaults: Options{MinScore: 0.5, MaxOverlap: 0.4, TopK: 5000, Input: image.Pt(640, 640)},
		decode:   decodeSCRFD,
		overlap:  overlapPixels,
	}, o)
}

// scrfdForm returns the number of strides and of anchors per cell, and whether there are
// points; levels is 0 for a number of outputs that no SCRFD network has.
func scrfdForm(outputs int) (levels, anchors int, points bool) {
	switch outputs {
	case 6, 9:
		return 3, 2, outputs == 9
	case 10, 15:
		return 5, 1, outputs == 15
	}
	return 0, 0, false
}

func decodeSCRFD(outputs []onnxgraph.Tensor, width, height int, minScore float64) ([]Face, error) {
	levels, anchors, points := scrfdForm(len(outputs))
	if levels == 0 {
		return nil, fmt.Errorf("want 6, 9, 10 or 15 outputs, got %d", len(outputs))
	}
	var faces []Face
	for level := range levels {
		stride := 8 << level
		columns := width / stride
		n := columns * (height / stride) * anchors
		if err := scrfdRows(outputs, level, levels, n); err != nil {
			return nil, fmt.Errorf("%w for an input of %dx%d", err, width, height)
		}
		scores, boxes := outputs[level].Data, outputs[levels+level].Data
		for i, s := range scores {
			if err := probability(s); err != nil {
				return nil, err
			}
			if float64(s) < minScore {
				continue
			}
			cell := i / anchors
			x, y, unit := float64(cell%columns*stride), float64(cell/columns*stride), float64(stride)
			f := Face{Score: float64(s), Box: sides(x, y, unit, boxes[4*i:4*i+4])}
			if points {
				p := outputs[2*levels+level].Data[10*i : 10*i+10]
				for k := range f.Landmarks {
					f.Landmarks[k] = [2]float64{x + float64(p[2*k])*unit, y + float64(p[2*k+1])*unit}
				}
			}
			if finite(f) {
				faces = append(faces, f)
			}
		}
	}
	return faces, nil
}

// scrfdRows makes sure that the outputs of a level have a row for each of its n anchors.
func scrfdRows(outputs []onnxgraph.Tensor, level, levels, n int) error {
	for kind, per := range [...]int{1, 4, 10} {
		at := kind*levels + level
		if at < len(outputs) && len(outputs[at].Data) != n*per {
			return fmt.Errorf("output %d, of stride %d, has %d values, want %d", at, 8<<level, len(outputs[at].Data), n*per)
		}
	}
	return nil
}

// sides is the box whose left, top, right and bottom sides lie at the given distances, in
// units, from (x, y).
func sides(x, y, unit float64, d []float32) Box {
	left, top := float64(d[0])*unit, float64(d[1])*unit
	return Box{X: x - left, Y: y - top, W: left + float64(d[2])*unit, H: top + float64(d[3])*unit}
}

// probability refuses what is not a score: NaN, and the raw values of a file that lacks
// its last sigmoid or softmax.
func probability(v float32) error {
	const slack = 1e-3
	if v >= -slack && v <= 1+slack {
		return nil
	}
	return fmt.Errorf("the network gave a score of %g, which is not a probability", v)
}

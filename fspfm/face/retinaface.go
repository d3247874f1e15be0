package face

import (
	"fmt"
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// The variances that RetinaFace's offsets and sizes are scaled with.
const (
	offsetVariance = 0.1
	sizeVariance   = 0.2
)

// retinaLevels are the strides and the sides of the two square anchors in each of their
// cells.
var retinaLevels = [...]struct {
	stride int
	sides  [2]float64
}{{8, [2]float64{16, 32}}, {16, [2]float64{64, 128}}, {32, [2]float64{256, 512}}}

// newRetinaFace returns a Detector on a RetinaFace network of the published PyTorch form.
// It has three outputs in any order, told apart by their last axis: 4 for boxes, 2 for
// the probabilities of background and face, 10 for points; each with one row per anchor,
// level by level, cells row by row, the smaller anchor first.
func newRetinaFace(n network, o Options) (*Detector, error) {
	mean := [3]float32{104, 117, 123}
	return newDetector(n, family{
		name:     "RetinaFace",
		layout:   imaging.Layout{BGR: true, Mean: mean, Pad: mean},
		divisor:  32,
		defaults: Options{MinScore: 0.6, MaxOverlap: 0.4, TopK: 5000},
		decode:   decodeRetinaFace,
		overlap:  overlapPixels,
	}, o)
}

func decodeRetinaFace(outputs []onnxgraph.Tensor, width, height int, minScore float64) ([]Face, error) {
	boxes, scores, points, err := retinaOutputs(outputs, width, height)
	if err != nil {
		return nil, err
	}
	var faces []Face
	row := 0
	for _, l := range retinaLevels {
		columns := cells(width, l.stride)
		for cell := range columns * cells(height, l.stride) {
			x, y := (float64(cell%columns)+0.5)*float64(l.stride), (float64(cell/columns)+0.5)*float64(l.stride)
			for _, side := range l.sides {
				score := scores[2*row+1]
				if err := probability(score); err != nil {
					return nil, err
				}
				if float64(score) >= minScore {
					f := retinaAnchor(x, y, side, boxes[4*row:4*row+4], points[10*row:10*row+10])
					f.Score = float64(score)
					if finite(f) {
						faces = append(faces, f)
					}
				}
				row++
			}
		}
	}
	return faces, nil
}

// retinaOutputs tells the outputs apart, and makes sure that each has a row for every
// anchor.
func retinaOutputs(outputs []onnxgraph.Tensor, width, height int) (boxes, scores, points []float32, err error) {
	anchors := 0
	for _, l := range retinaLevels {
		anchors += len(l.sides) * cells(width, l.stride) * cells(height, l.stride)
	}
	for i, out := range outputs {
		last := 0
		if n := len(out.Dims); n > 0 {
			last = out.Dims[n-1]
		}
		switch last {
		case 4:
			boxes = out.Data
		case 2:
			scores = out.Data
		case 10:
			points = out.Data
		default:
			return nil, nil, nil, fmt.Errorf("output %d of shape %v is neither boxes, scores nor points", i, out.Dims)
		}
		if len(out.Data) != anchors*last {
			return nil, nil, nil, fmt.Errorf("output %d has shape %v, want %d rows for an input of %dx%d", i, out.Dims, anchors, width, height)
		}
	}
	if boxes == nil || scores == nil || points == nil {
		return nil, nil, nil, fmt.Errorf("among the %d outputs, boxes, scores or points are missing", len(outputs))
	}
	return boxes, scores, points, nil
}

// cells is how often a stride goes into a side, the last one perhaps cut.
func cells(side, stride int) int { return (side + stride - 1) / stride }

// retinaAnchor decodes a face relative to the square anchor around (x, y).
func retinaAnchor(x, y, side float64, box, points []float32) Face {
	at := func(dx, dy float32) (float64, float64) {
		return x + float64(dx)*offsetVariance*side, y + float64(dy)*offsetVariance*side
	}
	cx, cy := at(box[0], box[1])
	w, h := side*math.Exp(float64(box[2])*sizeVariance), side*math.Exp(float64(box[3])*sizeVariance)
	f := Face{Box: Box{X: cx - w/2, Y: cy - h/2, W: w, H: h}}
	for p := range f.Landmarks {
		f.Landmarks[p][0], f.Landmarks[p][1] = at(points[2*p], points[2*p+1])
	}
	return f
}

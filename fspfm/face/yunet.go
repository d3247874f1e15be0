package face

import (
	"fmt"
	"math"

	"github.com/pifr-go/pifr/internal/imaging"
	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// yunetOutputs returns the names of YuNet's outputs in the order that newYuNet expects of
// its network.
func yunetOutputs() []string {
	var names []string
	for _, kind := range []string{"cls", "obj", "bbox", "kps"} {
		for _, stride := range yunetStrides {
			names = append(names, fmt.Sprintf("%s_%d", kind, stride))
		}
	}
	return names
}

var yunetStrides = [...]int{8, 16, 32}

// newYuNet returns a Detector on a YuNet network of the 2023 form, whose outputs are
// yunetOutputs: for each stride, cells row by row with a class score, an objectness, a
// box and five points.
func newYuNet(n network, o Options) (*Detector, error) {
	return newDetector(n, family{
		name:     "YuNet",
		layout:   imaging.Layout{BGR: true},
		divisor:  32,
		sure:     0.9,
		defaults: Options{MinScore: 0.7, MaxOverlap: 0.3, TopK: 5000},
		decode:   decodeYuNet,
		overlap:  overlapWhole,
	}, o)
}

func decodeYuNet(outputs []onnxgraph.Tensor, width, height int, minScore float64) ([]Face, error) {
	names := yunetOutputs()
	if len(outputs) != len(names) {
		return nil, fmt.Errorf("want %d outputs, got %d", len(names), len(outputs))
	}
	var faces []Face
	for level, stride := range yunetStrides {
		columns, cells := width/stride, width/stride*(height/stride)
		var data [4][]float32
		for kind, per := range [...]int{1, 1, 4, 10} {
			at := kind*len(yunetStrides) + level
			if got := len(outputs[at].Data); got != cells*per {
				return nil, fmt.Errorf("output %s has %d values, want %d for an input of %dx%d", names[at], got, cells*per, width, height)
			}
			data[kind] = outputs[at].Data
		}
		for i := range cells {
			score := math.Sqrt(unit(data[0][i]) * unit(data[1][i]))
			if math.IsNaN(score) {
				return nil, fmt.Errorf("the network gave NaN in %s or %s", names[level], names[len(yunetStrides)+level])
			}
			if score < minScore {
				continue
			}
			cell := yunetCell(i%columns, i/columns, float64(stride), data[2][4*i:4*i+4], data[3][10*i:10*i+10])
			cell.Score = score
			if finite(cell) {
				faces = append(faces, cell)
			}
		}
	}
	return faces, nil
}

// yunetCell decodes the box and the landmarks of one cell: the middle as an offset from
// the cell's corner, the size as a logarithm, all in units of the stride.
func yunetCell(column, row int, stride float64, box, points []float32) Face {
	x, y := float64(column), float64(row)
	w, h := math.Exp(float64(box[2]))*stride, math.Exp(float64(box[3]))*stride
	f := Face{Box: Box{X: (x+float64(box[0]))*stride - w/2, Y: (y+float64(box[1]))*stride - h/2, W: w, H: h}}
	for p := range f.Landmarks {
		f.Landmarks[p] = [2]float64{(x + float64(points[2*p])) * stride, (y + float64(points[2*p+1])) * stride}
	}
	return f
}

// unit clamps to 0..1, and keeps NaN.
func unit(v float32) float64 { return max(0, min(float64(v), 1)) }

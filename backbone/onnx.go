package backbone

import (
	"errors"
	"fmt"

	"github.com/pifr-go/pifr/internal/onnxgraph"
)

// ErrNotExtractor is wrapped by the error of FromONNX for a network that does not map
// images to vectors.
var ErrNotExtractor = errors.New("not a feature extractor")

// Imported is a feature extractor read from an ONNX file: SFace, AuraFace, or any other
// network that maps images [batch, 3, height, width] to features [batch, length]. It is
// immutable; NewExtractor makes it ready on an engine.
type Imported struct {
	model         *onnxgraph.Model
	output        string
	height, width int
}

// FromONNX reads an extractor. Exporters often write the size of the image and a batch of
// one into the file: the size is kept, the batch is not. A file that leaves the size open
// is taken to want 112x112, as all recognizers trained on ArcFace's alignment do. Of
// several outputs the first is the feature. The data is not kept.
//
// The error wraps ErrNotExtractor if the network has other inputs than one image with
// three channels; an operation that cannot be converted is an error that names its node.
func FromONNX(data []byte) (*Imported, error) {
	m, err := onnxgraph.Load(data)
	if err != nil {
		return nil, fmt.Errorf("backbone: import: %w", err)
	}
	inputs, outputs := m.Inputs(), m.Outputs()
	if len(inputs) != 1 || len(inputs[0].Dims) != 4 {
		return nil, fmt.Errorf("backbone: import: %w: want one input [batch, 3, height, width], the file has %v", ErrNotExtractor, inputs)
	}
	if c := inputs[0].Dims[1]; c != 3 && c != -1 {
		return nil, fmt.Errorf("backbone: import: %w: want images with 3 channels, the file says %d", ErrNotExtractor, c)
	}
	n := &Imported{model: m, output: outputs[0].Name, height: inputs[0].Dims[2], width: inputs[0].Dims[3]}
	if n.height < 0 {
		n.height = alignedSize
	}
	if n.width < 0 {
		n.width = alignedSize
	}
	return n, nil
}

// alignedSize is the side of the image that ArcFace's five-point alignment gives.
const alignedSize = 112

// Size returns the height and width of the images that the network takes.
func (n *Imported) Size() (height, width int) { return n.height, n.width }

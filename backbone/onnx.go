package backbone

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
// is taken to want 112x112, as all recognizers trained on ArcFace's alignment do. The data
// is not kept.
//
// What does not look like an extractor is refused, by what the file declares: the error
// wraps ErrNotExtractor and has the shapes. An extractor has one input, an image with
// three channels of at most 512x512 pixels, and one output that is a feature: a vector
// [batch, length], or [batch, length, 1, 1], of 32 to 4096 numbers that are no
// probabilities. Other outputs, such as a feature's norm, are left alone, but no second
// one may be a feature too. So detectors, networks for age, emotion or pose, and feature
// maps are refused; a network that gives 212 coordinates of landmarks cannot be told from
// an extractor. A file that does not declare its output's shape is held to the same by
// NewExtractor. An operation that cannot be converted is an error that names its node.
func FromONNX(data []byte) (*Imported, error) {
	m, err := onnxgraph.Load(data)
	if err != nil {
		return nil, fmt.Errorf("backbone: import: %w", err)
	}
	n := &Imported{model: m}
	if n.height, n.width, err = imageSize(m.Inputs()); err == nil {
		n.output, err = featureOf(m)
	}
	if err != nil {
		return nil, fmt.Errorf("backbone: import: %w: %w", ErrNotExtractor, err)
	}
	return n, nil
}

const (
	// maxSide is the longest side of the pictures of recognizers; detectors start there.
	maxSide = 512

	// minLength and maxLength bound the lengths of features. Recognizers have 64 to 2048.
	minLength, maxLength = 32, 4096
)

// imageSize returns the size of the one image that the network takes.
func imageSize(inputs []onnxgraph.Info) (height, width int, err error) {
	if len(inputs) != 1 || len(inputs[0].Dims) != 4 {
		return 0, 0, fmt.Errorf("want one input [batch, 3, height, width], the file has %s", shapesOf(inputs))
	}
	d := inputs[0].Dims
	if d[1] != 3 && d[1] != -1 {
		return 0, 0, fmt.Errorf("want images [batch, 3, height, width] with 3 channels, the input is %s", shapesOf(inputs))
	}
	if height, width = d[2], d[3]; height < 0 {
		height = alignedSize
	}
	if width < 0 {
		width = alignedSize
	}
	if max(height, width) > maxSide {
		return 0, 0, fmt.Errorf("want images of aligned faces, of at most %dx%d pixels, the input is %s", maxSide, maxSide, shapesOf(inputs))
	}
	return height, width, nil
}

// featureOf returns the name of the one output that may be a feature.
func featureOf(m *onnxgraph.Model) (string, error) {
	var features []string
	why := ""
	for _, o := range m.Outputs() {
		err := checkFeature(o.Dims)
		if op, _, ok := m.Source(o.Name); ok && err == nil && slices.Contains(probabilities, op) {
			err = fmt.Errorf("probabilities, made by %s", op)
		}
		if err == nil {
			features = append(features, o.Name)
		} else if why == "" {
			why = fmt.Sprintf(": %s is %v", o.Name, err)
		}
	}
	switch len(features) {
	case 1:
		return features[0], nil
	case 0:
		return "", fmt.Errorf("no output is a feature%s; the outputs are %s", why, shapesOf(m.Outputs()))
	}
	return "", fmt.Errorf("%d outputs, %s, may be the feature; the outputs are %s", len(features), strings.Join(features, " and "), shapesOf(m.Outputs()))
}

// probabilities are operations whose values answer a question: which age, is it a face.
var probabilities = []string{"Softmax", "LogSoftmax", "Sigmoid", "HardSigmoid", "ArgMax"}

// checkFeature says what speaks against an output of these sizes being a feature. Sizes
// that are not known do not.
func checkFeature(dims []int) error {
	switch vector := len(dims) == 2 || len(dims) == 4 && dims[2] == 1 && dims[3] == 1; {
	case len(dims) == 0:
		return nil
	case !vector:
		return fmt.Errorf("of sizes %v, not a vector [batch, length] for each image", dims)
	case dims[1] >= 0 && (dims[1] < minLength || dims[1] > maxLength):
		return fmt.Errorf("of length %d, where features have %d to %d", dims[1], minLength, maxLength)
	}
	return nil
}

// shapesOf lists names and sizes.
func shapesOf(infos []onnxgraph.Info) string {
	text := make([]string, len(infos))
	for i, info := range infos {
		text[i] = fmt.Sprintf("%s %v", info.Name, info.Dims)
	}
	return strings.Join(text, ", ")
}

// alignedSize is the side of the image that ArcFace's five-point alignment gives.
const alignedSize = 112

// Size returns the height and width of the images that the network takes.
func (n *Imported) Size() (height, width int) { return n.height, n.width }

package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/pifr-go/pifr/backbone/weights"
)

// A checkpoint is one safetensors file: all variables by their paths, and as metadata the
// state of the run, which variables are trained, and a checksum. One file can be put in
// place in one stroke, which GoMLX's own checkpoints, a JSON and a binary file, cannot;
// and Python reads it.
const (
	metaState     = "pifr.train.state"
	metaTrainable = "pifr.train.trainable"
	metaChecksum  = "pifr.train.sha256"
)

// errDamaged is wrapped by errors about files that are not, or no longer, checkpoints.
var errDamaged = errors.New("not a whole checkpoint")

// namedTensor is one variable of a checkpoint.
type namedTensor struct {
	path      string
	trainable bool
	value     *tensors.Tensor
}

// encodeCheckpoint writes a checkpoint.
func encodeCheckpoint(w io.Writer, state State, variables []namedTensor) error {
	var list []weights.Tensor
	var trainable []string
	for _, v := range variables {
		t := weights.Tensor{Name: v.path, DType: v.value.DType(), Shape: slices.Clone(v.value.Shape().Dimensions)}
		if err := v.value.ConstBytes(func(data []byte) { t.Data = slices.Clone(data) }); err != nil {
			return fmt.Errorf("variable %s: %w", v.path, err)
		}
		list = append(list, t)
		if v.trainable {
			trainable = append(trainable, v.path)
		}
	}
	about, err := json.Marshal(state)
	if err != nil {
		return err
	}
	names := strings.Join(trainable, "\n")
	return weights.EncodeSafetensors(w, list, map[string]string{metaState: string(about), metaTrainable: names, metaChecksum: checksum(string(about), names, list)})
}

// checksum is the SHA-256 over the state, the names of the trained variables, and all
// variables by name. The format itself notices a file that was cut short, but not one
// whose bytes have changed.
func checksum(state, trainable string, list []weights.Tensor) string {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b weights.Tensor) int { return strings.Compare(a.Name, b.Name) })
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", state, trainable)
	for _, t := range list {
		fmt.Fprintf(sum, "%s %s %v\n", t.Name, t.DType, t.Shape)
		sum.Write(t.Data)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// decodeCheckpoint reads a checkpoint. The error wraps errDamaged if the file is none, or
// was cut or changed.
func decodeCheckpoint(data []byte) (State, []namedTensor, error) {
	list, about, err := weights.DecodeSafetensors(data)
	if err != nil {
		return State{}, nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	text, ok := about[metaState]
	if !ok || about[metaChecksum] != checksum(text, about[metaTrainable], list) {
		return State{}, nil, fmt.Errorf("%w: it has no state, or its checksum is wrong", errDamaged)
	}
	var state State
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		return State{}, nil, fmt.Errorf("%w: state: %w", errDamaged, err)
	}
	trainable := strings.Split(about[metaTrainable], "\n")
	var variables []namedTensor
	for _, t := range list {
		value := tensors.FromShape(shapes.Make(t.DType, t.Shape...))
		if err := value.MutableBytes(func(to []byte) { copy(to, t.Data) }); err != nil {
			return State{}, nil, fmt.Errorf("variable %s: %w", t.Name, err)
		}
		variables = append(variables, namedTensor{t.Name, slices.Contains(trainable, t.Name), value})
	}
	return state, variables, nil
}

package train

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// A checkpoint is one file: magic, the length of a JSON header, the header, the variables' bytes one after the other in
// little-endian order, and the SHA-256 of everything before. One file can be put in place in one stroke, which GoMLX's own
// checkpoints, a JSON and a binary file, cannot; and a file cut short is known as such.
const checkpointMagic = "PIFRTRN1"

// maxHeader bounds the header of a checkpoint that is read, so that a damaged file cannot ask for all memory.
const maxHeader = 64 << 20

// errDamaged is wrapped by errors about files that are not, or no longer, checkpoints.
var errDamaged = errors.New("not a whole checkpoint")

// namedTensor is one variable of a checkpoint.
type namedTensor struct {
	path      string
	trainable bool
	value     *tensors.Tensor
}

// checkpointHeader is the JSON part of a checkpoint.
type checkpointHeader struct {
	State     State        `json:"state"`
	Variables []headerItem `json:"variables"`
}

type headerItem struct {
	Path      string `json:"path"`
	DType     string `json:"dtype"`
	Dims      []int  `json:"dims"`
	Trainable bool   `json:"trainable,omitempty"`
}

// encodeCheckpoint writes a checkpoint.
func encodeCheckpoint(w io.Writer, state State, variables []namedTensor) error {
	header := checkpointHeader{State: state}
	for _, v := range variables {
		header.Variables = append(header.Variables, headerItem{v.path, v.value.DType().String(), slices.Clone(v.value.Shape().Dimensions), v.trainable})
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	sum := sha256.New()
	buffered := bufio.NewWriterSize(w, 1<<20)
	out := io.MultiWriter(buffered, sum)
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	for _, part := range [][]byte{[]byte(checkpointMagic), length, text} {
		if _, err := out.Write(part); err != nil {
			return err
		}
	}
	for _, v := range variables {
		var writeErr error
		if err := v.value.ConstBytes(func(data []byte) { _, writeErr = out.Write(data) }); err != nil {
			return fmt.Errorf("variable %s: %w", v.path, err)
		}
		if writeErr != nil {
			return writeErr
		}
	}
	if _, err := buffered.Write(sum.Sum(nil)); err != nil {
		return err
	}
	return buffered.Flush()
}

// decodeCheckpoint reads a checkpoint to its end. The error wraps errDamaged if the file is none, or was cut or changed.
func decodeCheckpoint(r io.Reader) (State, []namedTensor, error) {
	sum := sha256.New()
	in := io.TeeReader(bufio.NewReaderSize(r, 1<<20), sum)
	header, err := decodeHeader(in)
	if err != nil {
		return State{}, nil, err
	}
	var variables []namedTensor
	for _, item := range header.Variables {
		v, err := decodeVariable(in, item)
		if err != nil {
			return State{}, nil, err
		}
		variables = append(variables, v)
	}
	if err := checkSum(in, sum); err != nil {
		return State{}, nil, err
	}
	return header.State, variables, nil
}

func decodeHeader(in io.Reader) (checkpointHeader, error) {
	var header checkpointHeader
	start := make([]byte, len(checkpointMagic)+8)
	if _, err := io.ReadFull(in, start); err != nil {
		return header, fmt.Errorf("%w: %w", errDamaged, err)
	}
	length := binary.LittleEndian.Uint64(start[len(checkpointMagic):])
	if string(start[:len(checkpointMagic)]) != checkpointMagic || length > maxHeader {
		return header, fmt.Errorf("%w: it does not begin as one", errDamaged)
	}
	text, err := io.ReadAll(io.LimitReader(in, int64(length)))
	if err != nil || uint64(len(text)) < length {
		return header, fmt.Errorf("%w: it ends in its header", errDamaged)
	}
	if err := json.Unmarshal(text, &header); err != nil {
		return header, fmt.Errorf("%w: header: %w", errDamaged, err)
	}
	return header, nil
}

// decodeVariable reads the bytes of one variable. Memory grows with what is really there: a damaged shape cannot ask for more.
func decodeVariable(in io.Reader, item headerItem) (namedTensor, error) {
	dtype, err := dtypes.DTypeString(item.DType)
	if err != nil {
		return namedTensor{}, fmt.Errorf("%w: variable %s: %w", errDamaged, item.Path, err)
	}
	size, known := int64(dtype.Size()), dtype.Size() > 0
	for _, d := range item.Dims {
		if d < 0 || (d > 0 && size > 1<<40/int64(d)) {
			known = false
			break
		}
		size *= int64(d)
	}
	if !known {
		return namedTensor{}, fmt.Errorf("%w: variable %s has the shape %s %v", errDamaged, item.Path, item.DType, item.Dims)
	}
	data, err := io.ReadAll(io.LimitReader(in, size))
	if err != nil || int64(len(data)) < size {
		return namedTensor{}, fmt.Errorf("%w: it ends in variable %s", errDamaged, item.Path)
	}
	value := tensors.FromShape(shapes.Make(dtype, item.Dims...))
	if err := value.MutableBytes(func(to []byte) { copy(to, data) }); err != nil {
		return namedTensor{}, fmt.Errorf("variable %s: %w", item.Path, err)
	}
	return namedTensor{item.Path, item.Trainable, value}, nil
}

// checkSum compares the end of a file with the sum over what was read before.
func checkSum(in io.Reader, sum hash.Hash) error {
	want := hex.EncodeToString(sum.Sum(nil))
	got, err := io.ReadAll(io.LimitReader(in, sha256.Size+1))
	if err != nil || hex.EncodeToString(got) != want {
		return fmt.Errorf("%w: its checksum is wrong", errDamaged)
	}
	return nil
}

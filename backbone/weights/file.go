package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/pifr-go/pifr/internal/pickle"
)

// ErrFormat is wrapped by the errors for files in none of the formats that are read.
var ErrFormat = errors.New("unknown format")

// IsRefused tells whether a file was refused because it asks for code, or for objects
// other than plain data, to be made.
func IsRefused(err error) bool { return errors.Is(err, pickle.ErrRefused) }

// Read reads all tensors of a file, whichever format it has: see Decode.
func Read(path string) ([]Tensor, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	tensors, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("weights: read %s: %w", path, err)
	}
	return tensors, nil
}

// Decode reads the tensors of a safetensors file, of a PyTorch checkpoint (the zip format
// of torch.save since 1.6, and the one before it) or of an ONNX file (its initializers),
// told by the content. They are in the order of the file, and share its memory where they
// can: data must not be changed as long as they are in use.
//
// Of a PyTorch checkpoint that holds more than one state dict, DecodeTorch picks one.
func Decode(data []byte) ([]Tensor, error) {
	switch {
	case isTorch(data):
		return DecodeTorch(data, "")
	case isTar(data):
		return nil, fmt.Errorf("a tar file, as torch.save wrote before version 0.1.10: %w: load it in PyTorch and save it again", ErrFormat)
	case isSafetensors(data):
		tensors, _, err := DecodeSafetensors(data)
		return tensors, err
	case isONNX(data):
		return DecodeONNX(data)
	}
	return nil, fmt.Errorf("%w: it is no safetensors file, no PyTorch checkpoint and no ONNX file", ErrFormat)
}

// isTorch tells a zip file, or a pickle that begins with the number that torch.save put
// there.
func isTorch(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, legacyStart)
}

func isTar(data []byte) bool { return len(data) > 262 && string(data[257:262]) == "ustar" }

// isSafetensors tells a header in JSON behind its length.
func isSafetensors(data []byte) bool {
	return len(data) > 8 && data[8] == '{' && binary.LittleEndian.Uint64(data) <= maxHeader
}

// isONNX tells a message that begins with a small number in field 1: the version of the
// format.
func isONNX(data []byte) bool { return len(data) > 2 && data[0] == 0x08 && data[1] < 0x80 }

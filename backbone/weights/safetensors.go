package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gomlx/compute/dtypes"
)

// maxHeader is the longest header that the format allows.
const maxHeader = 100_000_000

// safeTypes are the format's names of dtypes, in the order in which its own library
// writes them.
var safeTypes = []struct {
	dtype dtypes.DType
	name  string
}{
	{dtypes.Uint64, "U64"}, {dtypes.Int64, "I64"}, {dtypes.Float64, "F64"}, {dtypes.Float32, "F32"}, {dtypes.Uint32, "U32"}, {dtypes.Int32, "I32"},
	{dtypes.BFloat16, "BF16"}, {dtypes.Float16, "F16"}, {dtypes.Uint16, "U16"}, {dtypes.Int16, "I16"},
	{dtypes.Int8, "I8"}, {dtypes.Uint8, "U8"}, {dtypes.Bool, "BOOL"},
}

// safeRank returns the place of a dtype in safeTypes, or -1.
func safeRank(dtype dtypes.DType) int {
	for i, t := range safeTypes {
		if t.dtype == dtype {
			return i
		}
	}
	return -1
}

const metadataKey = "__metadata__"

// safeEntry is what the header says of one tensor.
type safeEntry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets []int  `json:"data_offsets"`
}

// DecodeSafetensors reads a safetensors file: its tensors, in the order of their data and
// sharing its memory, and its metadata. It is as strict as the format: names come once,
// and the tensors' data follow each other without gaps or overlaps from the header to the
// end.
func DecodeSafetensors(data []byte) ([]Tensor, map[string]string, error) {
	if len(data) < 8 {
		return nil, nil, errors.New("safetensors: no header")
	}
	length := binary.LittleEndian.Uint64(data)
	if length > maxHeader || length > uint64(len(data)-8) {
		return nil, nil, fmt.Errorf("safetensors: a header of %d bytes in a file of %d", length, len(data))
	}
	header, body := data[8:8+length], data[8+length:]
	d := safeDecoder{body: body, seen: map[string]bool{}}
	if err := d.header(header); err != nil {
		return nil, nil, fmt.Errorf("safetensors: %w", err)
	}
	if err := d.checkCover(); err != nil {
		return nil, nil, fmt.Errorf("safetensors: %w", err)
	}
	tensors := make([]Tensor, len(d.entries))
	for i, e := range d.entries {
		tensors[i] = e.tensor
	}
	return tensors, d.metadata, nil
}

// placed is a tensor and where its data begins.
type placed struct {
	tensor Tensor
	begin  int
}

type safeDecoder struct {
	body     []byte
	seen     map[string]bool
	entries  []placed
	metadata map[string]string
}

// header reads the header's JSON token by token, because a map would hide names that come
// twice.
func (d *safeDecoder) header(header []byte) error {
	j := json.NewDecoder(bytes.NewReader(header))
	if t, err := j.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("the header is no JSON object (%v)", err)
	}
	for j.More() {
		t, err := j.Token()
		if err != nil {
			return fmt.Errorf("header: %w", err)
		}
		name, _ := t.(string)
		if d.seen[name] {
			return fmt.Errorf("the name %q comes twice", name)
		}
		d.seen[name] = true
		if name == metadataKey {
			if err := j.Decode(&d.metadata); err != nil {
				return fmt.Errorf("metadata: %w", err)
			}
			continue
		}
		var e safeEntry
		if err := j.Decode(&e); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if err := d.add(name, e); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	if _, err := j.Token(); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	if _, err := j.Token(); err != io.EOF {
		return errors.New("something follows the header's object")
	}
	return nil
}

func (d *safeDecoder) add(name string, e safeEntry) error {
	t := Tensor{Name: name, Shape: e.Shape}
	for _, s := range safeTypes {
		if s.name == e.DType {
			t.DType = s.dtype
		}
	}
	if t.DType == dtypes.InvalidDType {
		return fmt.Errorf("dtype %q is not supported", e.DType)
	}
	if e.Shape == nil {
		return errors.New("no shape")
	}
	if len(e.Offsets) != 2 || e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] || e.Offsets[1] > len(d.body) {
		return fmt.Errorf("offsets %v in %d bytes of data", e.Offsets, len(d.body))
	}
	t.Data = d.body[e.Offsets[0]:e.Offsets[1]:e.Offsets[1]]
	if err := t.check(); err != nil {
		return err
	}
	d.entries = append(d.entries, placed{t, e.Offsets[0]})
	return nil
}

// checkCover sorts the entries by their place, and checks that they cover the body once.
func (d *safeDecoder) checkCover() error {
	slices.SortStableFunc(d.entries, func(a, b placed) int {
		if a.begin != b.begin {
			return a.begin - b.begin
		}
		return len(a.tensor.Data) - len(b.tensor.Data) // those without elements first
	})
	end := 0
	for _, e := range d.entries {
		if e.begin != end {
			return fmt.Errorf("tensor %q begins at %d, the data before it ends at %d", e.tensor.Name, e.begin, end)
		}
		end += len(e.tensor.Data)
	}
	if end != len(d.body) {
		return fmt.Errorf("the tensors end at %d, the data at %d", end, len(d.body))
	}
	return nil
}

package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/pickle"
)

// legacyStart is the pickle of the number that the format before version 1.6 begins with.
var legacyStart = []byte("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")

const legacyProtocol = 1001

// decodeLegacy reads the format of torch.save from 0.1.10 to 1.5: five pickles (a magic
// number, the version, the byte order, the object, the keys of the storages), and then
// the storages one after the other, each behind its number of elements.
func decodeLegacy(data []byte) (*archive, any, error) {
	a := &archive{storages: map[string]*storage{}, allowance: allowanceFor(data)}
	var parts [5]any
	rest := data
	for i := range parts {
		d := pickle.Decoder{}
		if i == 3 {
			d = pickle.Decoder{Globals: torchGlobals(), Persistent: a.storage}
		}
		var err error
		if parts[i], rest, err = d.Decode(rest); err != nil {
			return nil, nil, err
		}
	}
	if v, ok := parts[0].(*big.Int); !ok || v.Text(16) != "1950a86a20f9469cfc6c" || parts[1] != int64(legacyProtocol) {
		return nil, nil, fmt.Errorf("%w: another version of the format", ErrFormat)
	}
	system, ok := parts[2].(*pickle.Dict)
	if !ok {
		return nil, nil, errors.New("no description of the system that wrote it")
	}
	if little, _ := system.Get("little_endian"); little != true {
		return nil, nil, errors.New("written on a big-endian machine, which is not supported")
	}
	keys, ok := pickle.Sequence(parts[4])
	if !ok {
		return nil, nil, errors.New("no list of storages")
	}
	contents, err := a.legacyContents(keys, rest)
	if err != nil {
		return nil, nil, err
	}
	a.bytes = func(key string) ([]byte, error) {
		if b, ok := contents[key]; ok {
			return b, nil
		}
		return nil, fmt.Errorf("no storage %q", key)
	}
	return a, parts[3], nil
}

// legacyContents cuts the end of the file into the storages' bytes.
func (a *archive) legacyContents(keys []any, rest []byte) (map[string][]byte, error) {
	contents := map[string][]byte{}
	for _, k := range keys {
		key, ok := pickle.Text(k)
		s := a.storages[key]
		if !ok || s == nil || s.dtype == dtypes.InvalidDType || contents[key] != nil {
			return nil, fmt.Errorf("storage %.40q: its type is not known, or it comes twice", key)
		}
		if len(rest) < 8 {
			return nil, fmt.Errorf("storage %q: the file ends before it", key)
		}
		n, width := binary.LittleEndian.Uint64(rest), uint64(widths[s.dtype])
		rest = rest[8:]
		if n > uint64(len(rest))/width {
			return nil, fmt.Errorf("storage %q: %d elements in %d bytes", key, n, len(rest))
		}
		contents[key] = rest[: n*width : n*width]
		rest = rest[n*width:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes after the last storage", len(rest))
	}
	return contents, nil
}

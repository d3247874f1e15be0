package verification

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/internal/pickle"
)

// ErrFormat is wrapped by the errors for pickles that are not a verification set.
var ErrFormat = errors.New("not a verification set")

// maxFile bounds what Open reads. The largest set in use has 80 MB.
const maxFile = 1 << 31

// Set is pairs of faces.
type Set struct {
	Pictures [][]byte // files of aligned faces, two per pair
	Same     []bool   // whether a pair is of one person
	SHA256   string   // of the file that the set was read from, in hex; empty for others
}

// Len returns the number of pairs.
func (s *Set) Len() int { return len(s.Same) }

// Pair returns the pictures of pair i.
func (s *Set) Pair(i int) (a, b []byte) { return s.Pictures[2*i], s.Pictures[2*i+1] }

// Pixels decodes picture i to dst, [112, 112, 3] in RGB. Pictures of other sizes are
// resized, as InsightFace does.
func (s *Set) Pixels(i int, dst []uint8) error {
	sample := dataset.Sample{Label: dataset.Label{Key: fmt.Sprint("picture ", i)}, Encoded: s.Pictures[i]}
	return sample.Pixels(dst)
}

// Open reads a file.
func Open(path string) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("verification: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("verification: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("verification: %s: more than %d bytes", path, maxFile)
	}
	s, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, path)
	}
	return s, nil
}

// Decode reads the content of a file. The pictures may share its memory.
func Decode(data []byte) (*Set, error) {
	value, rest, err := pickle.Decoder{Globals: pickle.NumPy()}.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("verification: %w", err)
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("verification: %w: %d bytes behind its end", ErrFormat, len(rest))
	}
	pair, ok := sequence(value)
	if !ok || len(pair) != 2 {
		return nil, fmt.Errorf("verification: %w: %s in place of a tuple of pictures and answers", ErrFormat, pickle.Kind(value))
	}
	s := &Set{}
	if s.Pictures, err = pictures(pair[0]); err != nil {
		return nil, fmt.Errorf("verification: %w: %w", ErrFormat, err)
	}
	if s.Same, err = booleans(pair[1]); err != nil {
		return nil, fmt.Errorf("verification: %w: %w", ErrFormat, err)
	}
	if len(s.Pictures) != 2*len(s.Same) {
		return nil, fmt.Errorf("verification: %w: %d pictures for %d pairs", ErrFormat, len(s.Pictures), len(s.Same))
	}
	sum := sha256.Sum256(data)
	s.SHA256 = hex.EncodeToString(sum[:])
	return s, nil
}

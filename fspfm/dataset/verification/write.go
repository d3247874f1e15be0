package verification

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/pifr-go/pifr/internal/atomicfile"
)

// Protocol is the version of pickle that is written.
type Protocol int

// DefaultProtocol is what Python 3 reads without being told anything. Python 2 reads no
// more than Protocol 2; with that, Python 3 has to be told encoding="bytes", as
// InsightFace's tools do on their second try.
const (
	DefaultProtocol Protocol = 3
	minProtocol     Protocol = 2
	maxProtocol     Protocol = 5
)

// The operations of pickle's stack machine that are needed.
const (
	opProto         = 0x80
	opEmptyList     = ']'
	opMark          = '('
	opAppends       = 'e'
	opShortBytes    = 'C' // length in one byte; since protocol 3
	opBytes         = 'B' // in four
	opShortPy2Bytes = 'U' // Python 2's str
	opPy2Bytes      = 'T'
	opTrue          = 0x88
	opFalse         = 0x89
	opTuple2        = 0x86
	opStop          = '.'
)

// WriteFile writes the set to a file, which is there as a whole or not at all.
func (s *Set) WriteFile(path string, p Protocol) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return s.Write(w, p) })
	if err != nil {
		return fmt.Errorf("verification: write %s: %w", path, err)
	}
	return nil
}

// Write writes the set in a protocol from 2 to 5. The bytes depend on the set and the
// protocol alone.
func (s *Set) Write(w io.Writer, p Protocol) error {
	if p < minProtocol || p > maxProtocol {
		return fmt.Errorf("verification: write: no protocol %d, there are %d to %d", p, minProtocol, maxProtocol)
	}
	if len(s.Pictures) != 2*len(s.Same) {
		return fmt.Errorf("verification: write: %d pictures for %d pairs", len(s.Pictures), len(s.Same))
	}
	b := bufio.NewWriter(w)
	b.Write([]byte{opProto, byte(p)})
	err := writeList(b, len(s.Pictures), func(i int) error { return writeBytes(b, s.Pictures[i], p) })
	if err != nil {
		return err
	}
	err = writeList(b, len(s.Same), func(i int) error {
		if s.Same[i] {
			return b.WriteByte(opTrue)
		}
		return b.WriteByte(opFalse)
	})
	if err != nil {
		return err
	}
	b.Write([]byte{opTuple2, opStop})
	return b.Flush()
}

// writeList writes a list of n items, of which write writes one.
func writeList(b *bufio.Writer, n int, write func(i int) error) error {
	const batch = 1000 // as Python does: items wait on the reader's stack
	b.WriteByte(opEmptyList)
	for start := 0; start < n; start += batch {
		b.WriteByte(opMark)
		for i := start; i < min(n, start+batch); i++ {
			if err := write(i); err != nil {
				return err
			}
		}
		b.WriteByte(opAppends)
	}
	return nil
}

func writeBytes(b *bufio.Writer, data []byte, p Protocol) error {
	short, long, limit := byte(opShortBytes), byte(opBytes), int64(math.MaxUint32)
	if p < 3 {
		short, long, limit = opShortPy2Bytes, opPy2Bytes, math.MaxInt32
	}
	switch n := len(data); {
	case int64(n) > limit:
		return fmt.Errorf("verification: write: a picture of %d bytes", n)
	case n < 256:
		b.Write([]byte{short, byte(n)})
	default:
		b.Write(binary.LittleEndian.AppendUint32([]byte{long}, uint32(n)))
	}
	_, err := b.Write(data)
	return err
}

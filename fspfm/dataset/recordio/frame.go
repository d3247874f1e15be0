package recordio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Errors that an *Error wraps.
var (
	ErrMagic     = errors.New("no record begins here")
	ErrTruncated = errors.New("the file ends within a record")
	ErrSplit     = errors.New("parts of a split record out of order")
	ErrHeader    = errors.New("not the head of a picture's record")
	ErrIndex     = errors.New("the index does not fit")
	ErrLabel     = errors.New("the label does not fit")
)

// Error is damage in a file, with where it is.
type Error struct {
	Path   string // of the file, if it has one
	Offset int64  // byte at which the record begins, or in an index the line
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("recordio: %s: byte %d: %v", e.Path, e.Offset, e.Err)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// A record is: magic, a word with the kind of part in its highest 3 bits and the length
// in the others, that many bytes, and zeros up to a multiple of 4. All words are little
// endian. Since readers look for the magic to find records again, one that is in the
// bytes themselves, on a multiple of 4, is cut out: the record becomes several parts,
// with the magic between them.
const (
	magic      = 0xced7230a
	frameLen   = 8
	lengthBits = 29
	maxPart    = 1<<lengthBits - 1
)

const (
	partWhole  = iota
	partFirst  // of a split record
	partMiddle //
	partLast   //
)

var magicBytes = binary.LittleEndian.AppendUint32(nil, magic)

// appendRecord appends payload as one record.
func appendRecord(dst, payload []byte) ([]byte, error) {
	if len(payload) > maxPart {
		return nil, fmt.Errorf("recordio: a record of %d bytes, the limit is %d", len(payload), maxPart)
	}
	start, kind := 0, partWhole
	for i := 0; i+4 <= len(payload); i += 4 {
		if binary.LittleEndian.Uint32(payload[i:]) != magic {
			continue
		}
		next := partMiddle
		if start == 0 && kind == partWhole {
			next = partFirst
		}
		dst = appendPart(dst, next, payload[start:i])
		start, kind = i+4, partLast
	}
	return appendPart(dst, kind, payload[start:]), nil
}

func appendPart(dst []byte, kind int, part []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, magic)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(kind)<<lengthBits|uint32(len(part)))
	dst = append(dst, part...)
	return append(dst, make([]byte, padding(len(part)))...)
}

func padding(n int) int { return -n & 3 }

// readRecord returns the payload of the record at off, reading no more than limit bytes
// of it if limit is not negative, and where the next record begins; that is -1 if the
// record was not read to its end. The file has size bytes.
func readRecord(r io.ReaderAt, off, size int64, limit int) (payload []byte, next int64, err error) {
	expect := partWhole
	at := off
	for {
		kind, n, err := readFrame(r, at, size)
		if err != nil {
			return nil, 0, err
		}
		switch {
		case expect == partWhole && kind > partFirst, expect != partWhole && kind < partMiddle:
			return nil, 0, fmt.Errorf("%w: a part of kind %d at byte %d", ErrSplit, kind, at)
		case expect != partWhole:
			payload = append(payload, magicBytes...)
		}
		take := n
		if limit >= 0 {
			take = min(n, max(0, limit-len(payload)))
		}
		old := len(payload)
		payload = append(payload, make([]byte, take)...)
		if _, err := r.ReadAt(payload[old:], at+frameLen); err != nil && !(errors.Is(err, io.EOF) && take == 0) {
			return nil, 0, unexpected(err)
		}
		at += int64(frameLen + n + padding(n))
		if kind == partWhole || kind == partLast {
			return payload, at, nil
		}
		if limit >= 0 && len(payload) >= limit {
			return payload, -1, nil
		}
		expect = partMiddle
	}
}

// readFrame returns kind and length of the part at a byte, all of which lies within the
// file.
func readFrame(r io.ReaderAt, at, size int64) (kind, n int, err error) {
	if at < 0 || at > size-frameLen {
		return 0, 0, fmt.Errorf("%w: %d bytes from byte %d on, the head of a record has %d", ErrTruncated, max(0, size-at), at, frameLen)
	}
	var head [frameLen]byte
	if _, err := r.ReadAt(head[:], at); err != nil {
		return 0, 0, unexpected(err)
	}
	if m := binary.LittleEndian.Uint32(head[:]); m != magic {
		return 0, 0, fmt.Errorf("%w: %08x at byte %d in place of %08x", ErrMagic, m, at, uint32(magic))
	}
	word := binary.LittleEndian.Uint32(head[4:])
	kind, n = int(word>>lengthBits), int(word&maxPart)
	if kind > partLast {
		return 0, 0, fmt.Errorf("%w: a part of kind %d at byte %d", ErrSplit, kind, at)
	}
	if int64(n) > size-at-frameLen {
		return 0, 0, fmt.Errorf("%w: a record of %d bytes at byte %d, %d bytes are left", ErrTruncated, n, at, size-at-frameLen)
	}
	return kind, n, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrTruncated
	}
	return err
}

package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
)

// Source is a set of labeled faces with random access. Everything it answers stays the
// same for its lifetime, and all its methods are safe for concurrent use.
type Source interface {
	// Len returns the number of faces.
	Len() int

	// Identities returns the number of classes. Labels' identities are below it; a class
	// may be without faces.
	Identities() int

	// IdentityName returns a name of a class that does not depend on its number: what
	// Split hashes, and what Mix merges by.
	IdentityName(identity int) string

	// Label returns what is known about face i without reading its picture. It panics
	// unless 0 <= i < Len().
	Label(i int) Label

	// At returns face i. Its label is Label(i), to which a source that makes its faces
	// may add what it knows only then: landmarks, which of them can be seen, the box. It
	// fails with the context's error, with an error that names the face where the stored
	// one is damaged, or for an i out of range.
	At(ctx context.Context, i int) (Sample, error)
}

// Fingerprint returns a SHA-256, in hex, of all labels of a source in their order, with
// keys and names. It reads no pictures: it tells two sets apart, or one set before and
// after a change, not a picture that was exchanged.
func Fingerprint(s Source) string {
	h := sha256.New()
	var b []byte
	flag := func(v bool) {
		if v {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	number := func(v float64) { b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v)) }
	text := func(v string) { b = append(binary.AppendUvarint(b, uint64(len(v))), v...) }
	b = binary.AppendUvarint(b, uint64(s.Identities()))
	for id := range s.Identities() {
		text(s.IdentityName(id))
		h.Write(b)
		b = b[:0]
	}
	for i := range s.Len() {
		l := s.Label(i)
		b = binary.AppendUvarint(b[:0], uint64(l.Identity))
		text(l.Key)
		flag(l.Simulated)
		flag(l.HasPose)
		number(l.Pose.Yaw)
		number(l.Pose.Pitch)
		number(l.Pose.Roll)
		flag(l.HasLandmarks)
		for k, p := range l.Landmarks {
			number(p[0])
			number(p[1])
			flag(l.Visible[k])
		}
		for _, v := range [4]float64{l.Box.MinX, l.Box.MinY, l.Box.MaxX, l.Box.MaxY} {
			number(v)
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// outOfRange is the error of At for an index that the source does not have.
func outOfRange(i, n int) error { return fmt.Errorf("dataset: face %d of %d", i, n) }

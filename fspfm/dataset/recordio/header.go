package recordio

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose"
)

// headerLen is the length of the head of a picture's record: flag, label, two numbers
// that name the record.
const headerLen = 24

// header is the head of a picture's record. labels has at least one element.
type header struct {
	id     uint64
	vector bool // labels were written as a vector, if only of one element
	labels []float32
}

// parse splits a record into its head and the picture.
func parse(record []byte) (h header, picture []byte, err error) {
	flag, err := labelCount(record)
	if err != nil {
		return header{}, nil, err
	}
	h.id = binary.LittleEndian.Uint64(record[8:])
	rest := record[headerLen:]
	if flag == 0 {
		h.labels = []float32{math.Float32frombits(binary.LittleEndian.Uint32(record[4:]))}
		return h, rest, nil
	}
	if flag > len(rest)/4 {
		return header{}, nil, fmt.Errorf("%w: %d labels in %d bytes", ErrHeader, flag, len(rest))
	}
	h.vector, h.labels = true, make([]float32, flag)
	for i := range h.labels {
		h.labels[i] = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	return h, rest[4*flag:], nil
}

// labelCount returns how many labels follow the head; 0 if the only one is in it.
func labelCount(record []byte) (int, error) {
	if len(record) < headerLen {
		return 0, fmt.Errorf("%w: %d bytes, it has %d", ErrHeader, len(record), headerLen)
	}
	return int(binary.LittleEndian.Uint32(record)), nil
}

// appendHeader appends the head of a record.
func appendHeader(dst []byte, h header) []byte {
	var flag uint32
	var label float32
	if h.vector {
		flag = uint32(len(h.labels))
	} else {
		label = h.labels[0]
	}
	dst = binary.LittleEndian.AppendUint32(dst, flag)
	dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(label))
	dst = binary.LittleEndian.AppendUint64(dst, h.id)
	dst = binary.LittleEndian.AppendUint64(dst, 0)
	if h.vector {
		for _, v := range h.labels {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
		}
	}
	return dst
}

// maxClass is the largest class, or key, that float32 labels hold exactly.
const maxClass = 1 << 24

// whole returns a label that is a class or a key.
func whole(v float32) (int, error) {
	if !(v >= 0 && v <= maxClass) || v != float32(math.Trunc(float64(v))) {
		return 0, fmt.Errorf("%w: %v is no number from 0 to %d", ErrLabel, v, maxClass)
	}
	return int(v), nil
}

// Places in a vector of labels; see the package comment.
const (
	atAngles    = 1
	atLandmarks = 4
	atBox       = 14
	atFlags     = 18
	vectorLen   = 19
)

// vector returns the labels of a face: one if there is nothing to say but the class.
func vector(l *dataset.Label) header {
	if !l.HasPose && !l.HasLandmarks && !l.HasBox() && !l.Simulated && l.Visible == [5]bool{} {
		return header{labels: []float32{float32(l.Identity)}}
	}
	v := make([]float32, vectorLen)
	for i := range v[atAngles:atFlags] {
		v[atAngles+i] = float32(math.NaN())
	}
	v[0] = float32(l.Identity)
	if l.HasPose {
		yaw, pitch, roll := l.Pose.Deg()
		v[atAngles], v[atAngles+1], v[atAngles+2] = float32(yaw), float32(pitch), float32(roll)
	}
	if l.HasLandmarks {
		for i, p := range l.Landmarks {
			v[atLandmarks+2*i], v[atLandmarks+2*i+1] = float32(p[0]), float32(p[1])
		}
	}
	if b := l.Box; l.HasBox() {
		copy(v[atBox:], []float32{float32(b.MinX), float32(b.MinY), float32(b.MaxX), float32(b.MaxY)})
	}
	flags := 0
	if l.Simulated {
		flags = 1
	}
	for i, seen := range l.Visible {
		if seen {
			flags |= 2 << i
		}
	}
	v[atFlags] = float32(flags)
	return header{vector: true, labels: v}
}

// label returns what a vector says.
func label(v []float32) (dataset.Label, error) {
	class, err := whole(v[0])
	if err != nil {
		return dataset.Label{}, err
	}
	l := dataset.Label{Identity: class}
	switch len(v) {
	case atLandmarks, atBox, atFlags, vectorLen:
	default:
		return l, nil
	}
	if a, known := known(v[atAngles:atLandmarks]); known {
		l.HasPose, l.Pose = true, pose.FromDeg(a[0], a[1], a[2])
	}
	if len(v) >= atBox {
		if p, known := known(v[atLandmarks:atBox]); known {
			l.HasLandmarks = true
			for i := range l.Landmarks {
				l.Landmarks[i] = [2]float64{p[2*i], p[2*i+1]}
			}
		}
	}
	if len(v) >= atFlags {
		if b, known := known(v[atBox:atFlags]); known {
			l.Box = pose.Rect{MinX: b[0], MinY: b[1], MaxX: b[2], MaxY: b[3]}
		}
	}
	if len(v) == vectorLen {
		flags, err := whole(v[atFlags])
		if err != nil {
			return l, err
		}
		l.Simulated = flags&1 != 0
		for i := range l.Visible {
			l.Visible[i] = flags&(2<<i) != 0
		}
	}
	return l, nil
}

// known returns the values, and false if one of them is no number.
func known(v []float32) ([]float64, bool) {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
		if math.IsNaN(out[i]) || math.IsInf(out[i], 0) {
			return nil, false
		}
	}
	return out, true
}

package people

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
)

// stateVersion is that of the form that Save writes.
const stateVersion = 1

// state is a library as JSON.
type state struct {
	Version int         `json:"version"`
	Next    int         `json:"next"`    // number of the next group
	Answers int         `json:"answers"` // numbers of sides, from 1
	Faces   []stateFace `json:"faces"`
}

type stateFace struct {
	ID      string  `json:"id"`
	Photo   string  `json:"photo,omitempty"`
	YawDeg  float64 `json:"yaw"`
	Quality float64 `json:"quality"`
	Group   int     `json:"group,omitempty"`
	Sure    int     `json:"sure,omitempty"`
	Sides   []int32 `json:"sides,omitempty"`
	Feature string  `json:"feature"` // little-endian float32, base64
}

// Save writes the library as JSON: faces with their features, groups, and all that the
// user has said. It holds features of people: treat it as the photos themselves.
func (l *Library) Save(w io.Writer) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := state{Version: stateVersion, Next: l.next, Answers: l.answers, Faces: make([]stateFace, len(l.faces))}
	for i, e := range l.faces {
		s.Faces[i] = stateFace{e.ID, e.Photo, e.YawDeg, e.Quality, e.group, e.sure, e.sides, packed(e.Feature)}
	}
	if err := json.NewEncoder(w).Encode(s); err != nil {
		return fmt.Errorf("people: save: %w", err)
	}
	return nil
}

// Read reads what Save has written. Options are not part of it. It takes nothing that
// could not have been written: the error wraps ErrState or ErrOptions, or is the reader's.
func Read(r io.Reader, o Options) (*Library, error) {
	l, err := New(o)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("people: read: %w", err)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("people: read: %w: %w", ErrState, err)
	}
	if s.Version != stateVersion {
		return nil, fmt.Errorf("people: read: %w: version %d, want %d", ErrState, s.Version, stateVersion)
	}
	if s.Next < 1 || s.Answers < 0 || s.Answers > math.MaxInt32-1 {
		return nil, fmt.Errorf("people: read: %w: next group %d, %d answers", ErrState, s.Next, s.Answers)
	}
	l.next, l.answers = s.Next, s.Answers
	for _, f := range s.Faces {
		if err := l.restore(f); err != nil {
			return nil, fmt.Errorf("people: read: %w: %w", ErrState, err)
		}
	}
	if err := l.consistent(); err != nil {
		return nil, fmt.Errorf("people: read: %w: %w", ErrState, err)
	}
	return l, nil
}

// restore appends a face.
func (l *Library) restore(f stateFace) error {
	feature, err := unpacked(f.Feature)
	if err != nil {
		return fmt.Errorf("face %q: %w", f.ID, err)
	}
	e := entry{Face{f.ID, f.Photo, feature, f.YawDeg, f.Quality}, f.Group, f.Sure, f.Sides}
	length := 0
	if len(l.faces) > 0 {
		length = len(l.faces[0].Feature)
	}
	if err := e.check(length); err != nil {
		return err
	}
	if _, there := l.index[f.ID]; there {
		return fmt.Errorf("face %q is there twice", f.ID)
	}
	if f.Group < 0 || f.Group >= l.next || f.Sure < 0 {
		return fmt.Errorf("face %q: group %d of %d, sure %d", f.ID, f.Group, l.next-1, f.Sure)
	}
	for k, side := range f.Sides {
		if side == 0 || max(side, -side) > int32(l.answers) || side == math.MinInt32 || k > 0 && side <= f.Sides[k-1] {
			return fmt.Errorf("face %q: sides %d of %d answers", f.ID, f.Sides, l.answers)
		}
	}
	l.index[f.ID] = len(l.faces)
	l.faces = append(l.faces, e)
	return nil
}

// consistent says whether groups keep to what the user has said.
func (l *Library) consistent() error {
	groupOf, sides := map[int]int{}, map[int][]int32{}
	for _, e := range l.faces {
		if e.sure != 0 {
			if g, there := groupOf[e.sure]; there && (g != e.group || g == 0) {
				return fmt.Errorf("face %q: in group %d, others that are the same person in %d", e.ID, e.group, g)
			}
			groupOf[e.sure] = e.group
		}
		if e.group != 0 {
			sides[e.group] = append(sides[e.group], e.sides...)
		} else if opposed(e.sides, e.sides) {
			return fmt.Errorf("face %q is kept apart from itself", e.ID)
		}
	}
	for g, list := range sides {
		slices.Sort(list)
		if opposed(list, list) {
			return fmt.Errorf("group %d has faces that are kept apart", g)
		}
	}
	return nil
}

func packed(feature []float32) string {
	data := make([]byte, 0, 4*len(feature))
	for _, v := range feature {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(data)
}

func unpacked(text string) ([]float32, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(data)%4 != 0 {
		return nil, fmt.Errorf("a feature of %d bytes", len(data))
	}
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out, nil
}

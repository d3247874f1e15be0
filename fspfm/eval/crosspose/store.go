package crosspose

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// store keeps faces in a file, a line of JSON for each, to which it only appends. A line
// that was cut short, as by a power failure, is measured anew.
type store struct {
	faces map[string]Face // by the photo's SHA-256
	file  *os.File        // nil if nothing is kept
}

// record is a line of the file. Features are little-endian float32, which JSON has in
// base64.
type record struct {
	Photo  string // SHA-256
	Boxes  int
	Face   face.Face
	Angles [3]float64 // yaw, pitch, roll in radians
	Doubt  fspfm.Doubt
	Reread bool

	Feature, Raw, Mirrored, Pose []byte
}

// madeBy names what a Face depends on: all that results do, but for the head, which is
// applied to what was kept.
func madeBy(r *fspfm.Recognizer) string {
	m := r.Maker()
	m.Fingerprint, m.Engine, m.Head = "", "", fspfm.MakerModel{}
	text, _ := json.Marshal(m) // numbers and strings, which the options have checked
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// frontalize applies the recognizer's head, if it has one, to a feature that was kept.
func frontalize(r *fspfm.Recognizer, result *fspfm.Result) error {
	result.Frontalized = nil
	h, _ := r.Head()
	if h == nil || len(result.Feature) == 0 {
		return nil
	}
	vectorOf := result.Pose.Feature
	if h.PoseInput() == head.PoseAngles {
		vectorOf = []float32{float32(result.Pose.Yaw), float32(result.Pose.Pitch), float32(result.Pose.Roll)}
	}
	out := make([]float32, len(result.Feature))
	if err := h.Frontalize(out, result.Feature, vectorOf); err != nil {
		return err
	}
	if length, ok := vector.Unit(out); !ok {
		return fmt.Errorf("frontalized feature: %w: its length is %g", head.ErrNotFinite, length)
	}
	result.Frontalized = out
	return nil
}

// openStore reads what models of that fingerprint have measured.
func openStore(dir, fingerprint string) (*store, error) {
	s := &store{faces: map[string]Face{}}
	if dir == "" {
		return s, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("crosspose: %w", err)
	}
	path := filepath.Join(dir, "faces-"+fingerprint[:16]+".jsonl")
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("crosspose: %w", err)
	}
	if s.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return nil, fmt.Errorf("crosspose: %w", err)
	}
	whole := s.read(data)
	if err := errors.Join(s.file.Truncate(int64(whole)), seekEnd(s.file)); err != nil {
		return nil, fmt.Errorf("crosspose: %s: %w", path, errors.Join(err, s.close()))
	}
	return s, nil
}

func seekEnd(f *os.File) error {
	_, err := f.Seek(0, io.SeekEnd)
	return err
}

// read takes in whole lines, and returns how many bytes they have.
func (s *store) read(data []byte) (whole int) {
	r := bufio.NewReader(bytes.NewReader(data))
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return whole
		}
		var rec record
		if json.Unmarshal(line, &rec) != nil {
			return whole
		}
		s.faces[rec.Photo] = rec.face()
		whole += len(line)
	}
}

func (s *store) get(photo string) (Face, bool) {
	f, ok := s.faces[photo]
	return f, ok
}

func (s *store) put(photo string, f Face) error {
	s.faces[photo] = f
	if s.file == nil {
		return nil
	}
	r := f.Result
	line, err := json.Marshal(record{Photo: photo, Boxes: f.Boxes, Face: r.Face, Angles: [3]float64{r.Pose.Yaw, r.Pose.Pitch, r.Pose.Roll},
		Doubt: r.Doubt, Reread: r.Reread, Feature: packed(r.Feature), Raw: packed(f.Raw),
		Mirrored: packed(f.Mirrored), Pose: packed(r.Pose.Feature)})
	if err == nil {
		_, err = s.file.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("crosspose: %w", err)
	}
	return nil
}

func (s *store) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

func (rec record) face() Face {
	return Face{Boxes: rec.Boxes, Raw: unpacked(rec.Raw), Mirrored: unpacked(rec.Mirrored), Result: fspfm.Result{
		Face:    rec.Face,
		Pose:    pose.Estimate{Angles: pose.Angles{Yaw: rec.Angles[0], Pitch: rec.Angles[1], Roll: rec.Angles[2]}, Feature: unpacked(rec.Pose)},
		Feature: unpacked(rec.Feature), Doubt: rec.Doubt, Reread: rec.Reread,
	}}
}

// packed is nothing for no feature, so that its field is left out.
func packed(values []float32) []byte {
	if len(values) == 0 {
		return nil
	}
	return vector.Bytes(values)
}

func unpacked(data []byte) []float32 {
	if len(data) == 0 {
		return nil
	}
	return vector.OfBytes(data)
}

package dataset

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/pifr-go/pifr/internal/atomicfile"
	"github.com/pifr-go/pifr/pose"
)

// ErrNoPose is returned where poses are needed and none are known, the lack of a sidecar
// included.
var ErrNoPose = errors.New("dataset: no poses")

// Poses is estimated poses of faces by their keys, for sets that have none of their own.
// It is kept in a sidecar, a file of JSON lines beside the set:
//
//	{"key":"17","yaw_deg":-48.5,"pitch_deg":3,"roll_deg":1.25}
type Poses map[string]pose.Angles

type poseLine struct {
	Key      *string  `json:"key"`
	YawDeg   *float64 `json:"yaw_deg"`
	PitchDeg *float64 `json:"pitch_deg"`
	RollDeg  *float64 `json:"roll_deg"`
}

// ReadPoses reads a sidecar. A file that is not there gives an error that wraps ErrNoPose
// and says what it should hold; a line that is no pose gives one with its number.
func ReadPoses(path string) (Poses, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: the sidecar %s is missing; it holds a line {\"key\":..., \"yaw_deg\":..., \"pitch_deg\":..., "+
			"\"roll_deg\":...} per face (%w)", ErrNoPose, path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: poses: %w", err)
	}
	defer f.Close()
	p, err := DecodePoses(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, path)
	}
	return p, nil
}

// DecodePoses reads the lines of a sidecar.
func DecodePoses(r io.Reader) (Poses, error) {
	p := Poses{}
	err := eachLine(r, func(line []byte) error {
		var l poseLine
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		if l.Key == nil || l.YawDeg == nil || l.PitchDeg == nil || l.RollDeg == nil {
			return errors.New("want key, yaw_deg, pitch_deg and roll_deg")
		}
		if _, twice := p[*l.Key]; twice {
			return fmt.Errorf("key %q for the second time", *l.Key)
		}
		p[*l.Key] = pose.FromDeg(*l.YawDeg, *l.PitchDeg, *l.RollDeg)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("dataset: poses: %w", err)
	}
	return p, nil
}

// Write keeps the poses in a sidecar, sorted by key. The file is there as a whole or not
// at all.
func (p Poses) Write(path string) error {
	var b bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(p)) {
		yaw, pitch, roll := p[key].Deg()
		line, err := json.Marshal(poseLine{&key, &yaw, &pitch, &roll})
		if err != nil {
			return fmt.Errorf("dataset: pose of %q: %w", key, err)
		}
		b.Write(append(line, '\n'))
	}
	if err := atomicfile.WriteBytes(path, b.Bytes()); err != nil {
		return fmt.Errorf("dataset: write %s: %w", path, err)
	}
	return nil
}

// FromLandmarks estimates the poses of a source's faces that have landmarks and no pose,
// with package pose's PnP: to some degrees, which is enough to tell frontal faces from
// profiles.
func FromLandmarks(ctx context.Context, s Source) (Poses, error) {
	p := Poses{}
	for i := range s.Len() {
		l := s.Label(i)
		if l.HasPose || !l.HasLandmarks {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fit, err := pose.PnP{}.Fit(l.Landmarks)
		if err != nil {
			return nil, fmt.Errorf("dataset: pose of %q: %w", l.Key, err)
		}
		p[l.Key] = fit.Angles
	}
	return p, nil
}

// WithPoses returns the source with poses added to the labels that have none, by their
// keys. It fails with ErrNoPose if the sidecar has a pose for none of the faces, as one
// of another set has.
func WithPoses(s Source, p Poses) (Source, error) {
	for i := range s.Len() {
		if _, ok := p[s.Label(i).Key]; ok {
			return posed{s, p}, nil
		}
	}
	return nil, fmt.Errorf("%w: the sidecar knows none of the %d faces", ErrNoPose, s.Len())
}

type posed struct {
	Source
	poses Poses
}

func (s posed) add(l *Label) {
	if a, ok := s.poses[l.Key]; ok && !l.HasPose {
		l.HasPose, l.Pose = true, a
	}
}

func (s posed) Label(i int) Label {
	l := s.Source.Label(i)
	s.add(&l)
	return l
}

func (s posed) At(ctx context.Context, i int) (Sample, error) {
	sample, err := s.Source.At(ctx, i)
	s.add(&sample.Label)
	return sample, err
}

// maxLine bounds the lines of manifests and sidecars.
const maxLine = 1 << 16

// eachLine calls f with every line that is not empty, and adds the line's number to its
// errors.
func eachLine(r io.Reader, f func(line []byte) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, maxLine)
	n := 0
	for scanner.Scan() {
		n++
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			continue
		}
		if err := f(scanner.Bytes()); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

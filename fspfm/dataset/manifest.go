package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"

	"github.com/pifr-go/pifr/pose"
)

// ManifestName is the name of a folder's manifest.
const ManifestName = "manifest.jsonl"

// manifestLine is a face in a manifest. What is not known is left out.
type manifestLine struct {
	Path      string          `json:"path"`     // within the folder, with slashes
	Identity  string          `json:"identity"` // the person's name
	Simulated bool            `json:"simulated,omitempty"`
	YawDeg    *float64        `json:"yaw_deg,omitempty"` // all three angles or none
	PitchDeg  *float64        `json:"pitch_deg,omitempty"`
	RollDeg   *float64        `json:"roll_deg,omitempty"`
	Landmarks *pose.Landmarks `json:"landmarks,omitempty"`
	Visible   *[5]bool        `json:"visible,omitempty"`
	Box       *[4]float64     `json:"box,omitempty"` // left, top, right, bottom
}

func newManifestLine(l *Label, file, identity string) manifestLine {
	m := manifestLine{Path: file, Identity: identity, Simulated: l.Simulated}
	if l.HasPose {
		yaw, pitch, roll := l.Pose.Deg()
		m.YawDeg, m.PitchDeg, m.RollDeg = &yaw, &pitch, &roll
	}
	if l.HasLandmarks {
		m.Landmarks = &l.Landmarks
	}
	if l.Visible != [5]bool{} {
		m.Visible = &l.Visible
	}
	if l.HasBox() {
		m.Box = &[4]float64{l.Box.MinX, l.Box.MinY, l.Box.MaxX, l.Box.MaxY}
	}
	return m
}

// label returns what the line says, without the identity's number.
func (m *manifestLine) label() (Label, error) {
	l := Label{Key: m.Path, Simulated: m.Simulated}
	switch {
	case m.Path == "" || m.Identity == "":
		return l, errors.New("want path and identity")
	case !filepath.IsLocal(filepath.FromSlash(m.Path)) || path.Clean(m.Path) != m.Path:
		return l, fmt.Errorf("path %q is not one within the folder", m.Path)
	}
	if m.YawDeg != nil || m.PitchDeg != nil || m.RollDeg != nil {
		if m.YawDeg == nil || m.PitchDeg == nil || m.RollDeg == nil {
			return l, errors.New("want all of yaw_deg, pitch_deg and roll_deg, or none")
		}
		l.HasPose, l.Pose = true, pose.FromDeg(*m.YawDeg, *m.PitchDeg, *m.RollDeg)
	}
	if m.Landmarks != nil {
		l.HasLandmarks, l.Landmarks = true, *m.Landmarks
	}
	if m.Visible != nil {
		l.Visible = *m.Visible
	}
	if b := m.Box; b != nil {
		l.Box = pose.Rect{MinX: b[0], MinY: b[1], MaxX: b[2], MaxY: b[3]}
	}
	return l, nil
}

// readManifest reads labels, and the names of their identities, which are numbered as
// they come up.
func readManifest(r io.Reader) (labels []Label, names []string, err error) {
	number := map[string]int{}
	err = eachLine(r, func(line []byte) error {
		var m manifestLine
		if err := json.Unmarshal(line, &m); err != nil {
			return err
		}
		l, err := m.label()
		if err != nil {
			return err
		}
		id, known := number[m.Identity]
		if !known {
			id = len(names)
			number[m.Identity] = id
			names = append(names, m.Identity)
		}
		l.Identity = id
		labels = append(labels, l)
		return nil
	})
	return labels, names, err
}

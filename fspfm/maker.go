package fspfm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// Maker says by what results were made, as far as they depend on it: the models' files,
// how the detector looks, the crops, the head, and the version of the way from photo to
// feature. It is comparable, and what is kept beside results (package photos/records).
type Maker struct {
	Fingerprint string `json:"fingerprint"` // Recognizer.Fingerprint: it alone decides
	Version     int    `json:"version"`     // of this package's way from photo to feature
	Pack        string `json:"pack"`        // name
	Engine      string `json:"engine"`      // by its own name; engines' results compare

	Detector  MakerModel `json:"detector,omitzero"`
	Extractor MakerModel `json:"extractor,omitzero"`
	Reader    MakerModel `json:"reader,omitzero"`
	Landmarks MakerModel `json:"landmarks,omitzero"`
	Pose      MakerModel `json:"pose,omitzero"`
	Head      MakerModel `json:"head,omitzero"`

	Settings MakerSettings `json:"settings"`
}

// MakerModel is a model's file. It is zero where there is none.
type MakerModel struct {
	SHA256    string `json:"sha256,omitempty"`    // of a head: of its module, as Save writes it
	Precision string `json:"precision,omitempty"` // pack.Float32 and so on; empty if the pack does not say
	Type      string `json:"type,omitempty"`      // Go's, of a pose estimator without a file
}

// MakerSettings are what options have set; zero is the default of the detector's family.
type MakerSettings struct {
	Crops      decision.Crops `json:"crops"`
	TurnedDeg  float64        `json:"turned_deg"` // from which yaw on crops are those of turned faces
	MinScore   float64        `json:"min_score,omitempty"`
	MaxOverlap float64        `json:"max_overlap,omitempty"`
	TopK       int            `json:"top_k,omitempty"`
	MaxSide    int            `json:"max_side"`        // in pixels; 0 or less is the photo's own
	Input      string         `json:"input,omitempty"` // WIDTHxHEIGHT that photos are fitted into
	Once       bool           `json:"once,omitempty"`
	Exact      bool           `json:"exact,omitempty"`
	Small      bool           `json:"small,omitempty"`
	Turns      bool           `json:"turns,omitempty"`
}

// Maker says by what the Recognizer makes its results.
func (r *Recognizer) Maker() Maker {
	o := r.looks
	m := Maker{
		Fingerprint: r.Fingerprint(), Version: pipelineVersion, Pack: r.pack.Name(), Engine: r.Engine(),
		Detector: r.madeBy(pack.Detector, r.detectorSHA256), Extractor: r.madeBy(pack.Recognizer, r.extractorSHA256),
		Reader: r.madeBy(pack.Reader, r.readerSHA256), Landmarks: r.madeBy(pack.Landmarks, r.landmarksSHA256), Pose: r.madeBy(pack.Pose, r.poseSHA256),
		Head: MakerModel{SHA256: r.headSHA256()},
		Settings: MakerSettings{Crops: r.decision.Crops, TurnedDeg: r.decision.TurnedDeg, MinScore: o.MinScore, MaxOverlap: o.MaxOverlap, TopK: o.TopK,
			MaxSide: o.MaxSide, Once: o.Once, Exact: o.Exact, Small: o.Small, Turns: o.Turns},
	}
	if o.Input.X != 0 || o.Input.Y != 0 {
		m.Settings.Input = fmt.Sprintf("%dx%d", o.Input.X, o.Input.Y)
	}
	if r.poseSHA256 == "" {
		m.Pose.Type = fmt.Sprintf("%T", r.pose)
	}
	return m
}

func (r *Recognizer) madeBy(role pack.Role, sha256 string) MakerModel {
	if sha256 == "" {
		return MakerModel{}
	}
	m := MakerModel{SHA256: sha256}
	if entry, err := r.pack.Entry(role); err == nil {
		m.Precision = entry.File.Precision
	}
	return m
}

// headSHA256 is that of the head's module, wherever it is from.
func (r *Recognizer) headSHA256() string {
	if r.head == nil {
		return ""
	}
	var file bytes.Buffer
	if err := r.head.module.Save(&file, nil); err != nil {
		return "" // a module without weights is refused before
	}
	sum := sha256.Sum256(file.Bytes())
	return hex.EncodeToString(sum[:])
}

// Same says whether results of both can be kept together and compared: whether the
// fingerprints are equal, whatever the engines.
func (m Maker) Same(other Maker) bool { return m.Fingerprint == other.Fingerprint }

// Differences says in words where the two differ, each with what m has and what other
// has; none for the same.
func (m Maker) Differences(other Maker) []string {
	if m.Same(other) {
		return nil
	}
	var all []string
	differ := func(what string, a, b any) {
		if a != b {
			all = append(all, fmt.Sprintf("%s %v and %v", what, a, b))
		}
	}
	differ("version", m.Version, other.Version)
	differ("pack", m.Pack, other.Pack)
	differ("detector", m.Detector, other.Detector)
	differ("extractor", m.Extractor, other.Extractor)
	differ("reader", m.Reader, other.Reader)
	differ("landmarks", m.Landmarks, other.Landmarks)
	differ("pose network", m.Pose, other.Pose)
	differ("head", m.Head, other.Head)
	differ("settings", m.Settings, other.Settings)
	if len(all) == 0 {
		differ("fingerprint", m.Fingerprint, other.Fingerprint)
	}
	return all
}

// String is the model for people: the beginning of its hash, and its precision.
func (m MakerModel) String() string {
	switch {
	case m.SHA256 == "" && m.Type == "":
		return "none"
	case m.SHA256 == "":
		return m.Type
	}
	return strings.TrimSpace(m.SHA256[:min(len(m.SHA256), 12)] + " " + m.Precision)
}

// String is the settings for people: those that are set.
func (s MakerSettings) String() string {
	parts := []string{fmt.Sprintf("crops %s from %g degrees", s.Crops, s.TurnedDeg), fmt.Sprintf("side %d", s.MaxSide)}
	for _, n := range []struct {
		name  string
		value any
		set   bool
	}{
		{"min score", s.MinScore, s.MinScore != 0}, {"overlap", s.MaxOverlap, s.MaxOverlap != 0}, {"top", s.TopK, s.TopK != 0},
		{"input", s.Input, s.Input != ""}, {"once", "", s.Once}, {"exact", "", s.Exact}, {"small", "", s.Small}, {"turns", "", s.Turns},
	} {
		if n.set {
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %v", n.name, n.value)))
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

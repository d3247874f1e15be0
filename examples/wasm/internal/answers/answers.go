// Package answers is what the page asks of the library: which faces a photo has, and
// whether two are of one person. Answers are JSON, those about faces the records that
// examples/frontalize writes.
package answers

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
	"github.com/pifr-go/pifr/fspfm/quality"
)

// Program answers about photos, which it keeps by the names that the page gives them. It
// serves one caller at a time.
type Program struct {
	recognizer *fspfm.Recognizer
	faces      map[string][]fspfm.Result
}

// Open makes a program of a zip archive that has the files of a pack of models.
func Open(ctx context.Context, packName string, models []byte) (*Program, error) {
	files, err := zip.NewReader(bytes.NewReader(models), int64(len(models)))
	if err != nil {
		return nil, fmt.Errorf("the archive of models: %w", err)
	}
	r, err := fspfm.Open(ctx, fspfm.WithPack(packName), fspfm.WithEngineName("gonum"), fspfm.WithFetch(pack.From(files), pack.Progress(nil)))
	if err != nil {
		return nil, err
	}
	return &Program{recognizer: r, faces: map[string][]fspfm.Result{}}, nil
}

// Photo is the answer about a photo.
type Photo struct {
	Width   int              `json:"width"`
	Height  int              `json:"height"`
	Records []records.Record `json:"records"` // one for each face, or one that says there is none
}

// Faces decodes a photo, finds its faces, and keeps them under the name, in place of
// those that it had.
func (p *Program) Faces(ctx context.Context, name string, file []byte) ([]byte, error) {
	photo, err := photos.Decode(bytes.NewReader(file), photos.Options{})
	if err != nil {
		return nil, err
	}
	found, err := p.recognizer.Faces(ctx, photo.Image)
	if err != nil {
		return nil, err
	}
	p.faces[name] = found
	b := photo.Image.Bounds()
	answer := Photo{Width: b.Dx() * max(1, photo.Scale), Height: b.Dy() * max(1, photo.Scale), Records: records.Of(name, photo, found, p.recognizer.Maker())}
	for i, r := range found {
		a, err := quality.Assess(photo.Image, r.Face, r.Pose.Angles, quality.Options{Doubt: string(r.Doubt)})
		if err != nil {
			return nil, fmt.Errorf("quality of face %d: %w", i, err)
		}
		answer.Records[i].Quality = a.Score
		for _, reason := range a.Reasons {
			answer.Records[i].Flaws = append(answer.Records[i].Flaws, string(reason))
		}
	}
	return json.Marshal(answer)
}

// Verdict is the answer about two faces.
type Verdict struct {
	Same      bool    `json:"same"`
	Cosine    float64 `json:"cosine"`
	Threshold float64 `json:"threshold"`
	FMR       float64 `json:"fmr"`
}

// Compare says whether two faces of kept photos are of one person.
func (p *Program) Compare(nameA string, a int, nameB string, b int) ([]byte, error) {
	faceA, err := p.face(nameA, a)
	if err != nil {
		return nil, err
	}
	faceB, err := p.face(nameB, b)
	if err != nil {
		return nil, err
	}
	v, err := p.recognizer.Compare(faceA, faceB)
	if err != nil {
		return nil, err
	}
	return json.Marshal(Verdict{Same: v.Same, Cosine: v.Cosine, Threshold: v.Threshold, FMR: v.FMR})
}

func (p *Program) face(name string, i int) (fspfm.Result, error) {
	if all := p.faces[name]; i >= 0 && i < len(all) {
		return all[i], nil
	}
	return fspfm.Result{}, fmt.Errorf("there is no face %d in photo %q", i, name)
}

// Close gives back what the engine holds.
func (p *Program) Close() error { return p.recognizer.Close() }

package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pifr-go/pifr/examples/server/internal/given"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/examples/server/internal/sight"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/gallery"
)

// Detection is what a photo shows.
type Detection struct {
	Photo PhotoFacts `json:"photo"`
	Faces []Face     `json:"faces" nullable:"false" doc:"Those that the detector is surest of first"`
}

// Embedding is a face with its feature.
type Embedding struct {
	Face    Face      `json:"face"`
	Feature []float32 `json:"feature" nullable:"false" doc:"Of unit length. It is personal data."`
}

// Embeddings are the faces of a photo.
type Embeddings struct {
	Photo       PhotoFacts  `json:"photo"`
	Faces       []Embedding `json:"faces" nullable:"false"`
	Fingerprint string      `json:"fingerprint" doc:"Of the models: features of different ones do not compare"`
}

// Frontalization is a face with its feature as it is and frontalized.
type Frontalization struct {
	Face        Face      `json:"face"`
	Feature     []float32 `json:"feature" nullable:"false"`
	Frontalized []float32 `json:"frontalized" nullable:"false" doc:"Moved to where the feature of a frontal photo would lie. It compares with frontalized features only."`
	Decides     bool      `json:"decides" doc:"Whether frontalized features take part in the server's answers"`
	Why         string    `json:"why" doc:"Why, or why not"`
}

// Comparison says whether two photos show one person.
type Comparison struct {
	Same        bool    `json:"same"`
	Cosine      float64 `json:"cosine" doc:"What the answer rests on, -1 to 1"`
	Threshold   float64 `json:"threshold" doc:"The cosine from which on it is one person, for two faces of these poses"`
	FMR         float64 `json:"fmr" doc:"The share of pairs of two people that reach the threshold, on the photos that it was measured on; 0 if it was not"`
	Frontalized bool    `json:"frontalized" doc:"Whether frontalized features took part"`
	A           Face    `json:"a"`
	B           Face    `json:"b"`
}

// body is an answer.
type body[T any] struct{ Body T }

func answer[T any](v T) *body[T] { return &body[T]{v} }

func (s *Service) registerPhotos(api huma.API) {
	registerUpload[given.OnePhoto](api, operation("detect", http.MethodPost, "/v1/detect", "photos", keys.Read, "Find the faces of a photo"), s.detect)
	registerUpload[given.OnePhoto](api, operation("embed", http.MethodPost, "/v1/embed", "photos", keys.Read, "Features of the faces of a photo"), s.embed)
	registerUpload[given.OnePhoto](api, operation("frontalize", http.MethodPost, "/v1/frontalize", "photos", keys.Read,
		"The feature of the face that the photo is most likely of, as it is and frontalized", http.StatusNotImplemented), s.frontalize)
	registerUpload[given.TwoPhotos](api, operation("verify", http.MethodPost, "/v1/verify", "photos", keys.Read,
		"Whether two photos show one person"), s.verify)
	registerUpload[given.OnePhoto](api, operation("identify", http.MethodPost, "/v1/identify", "people", keys.Read,
		"Who the faces of a photo are"), s.identify)
}

// see looks at a photo when it is its turn.
func (s *Service) see(ctx context.Context, file []byte) (seen *sight.Seen, err error) {
	err = s.Queue.Do(ctx, func() error {
		seen, err = s.Seer.See(ctx, file)
		return err
	})
	if err == nil {
		s.Counts.Photo(len(seen.Faces))
	}
	return seen, err
}

// one reads a request with one photo and looks at it.
func (s *Service) one(ctx context.Context) (*sight.Seen, given.Photo, error) {
	var b given.OnePhoto
	give, err := s.read(ctx, &b)
	if err != nil {
		return nil, b.Photo, err
	}
	defer give()
	seen, err := s.see(ctx, b.Photo.Data)
	return seen, b.Photo, err
}

func (s *Service) detect(ctx context.Context, _ *struct{}) (*body[Detection], error) {
	seen, _, err := s.one(ctx)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer(Detection{photoOf(seen), facesOf(seen)}), nil
}

func (s *Service) embed(ctx context.Context, _ *struct{}) (*body[Embeddings], error) {
	seen, _, err := s.one(ctx)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	out := Embeddings{photoOf(seen), make([]Embedding, len(seen.Faces)), s.Seer.Recognizer.Fingerprint()}
	for i, f := range seen.Faces {
		out.Faces[i] = Embedding{faceOf(seen.Photo, f), f.Feature}
	}
	return answer(out), nil
}

func (s *Service) frontalize(ctx context.Context, _ *struct{}) (*body[Frontalization], error) {
	if head, _ := s.Seer.Recognizer.Head(); head == nil {
		return nil, s.problem(ctx, fspfm.ErrNoHead)
	}
	seen, _, err := s.one(ctx)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	f, err := seen.Best()
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	decides, why := s.Seer.Recognizer.HeadDecides()
	return answer(Frontalization{faceOf(seen.Photo, f), f.Feature, f.Frontalized, decides, why}), nil
}

func (s *Service) verify(ctx context.Context, _ *struct{}) (*body[Comparison], error) {
	var b given.TwoPhotos
	give, err := s.read(ctx, &b)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	defer give()
	var faces [2]sight.Face
	var shown [2]Face
	for i, p := range []given.Photo{b.A, b.B} {
		place := string(rune('a' + i))
		seen, err := s.see(ctx, p.Data)
		if err == nil {
			faces[i], err = seen.Best()
		}
		if err != nil {
			return nil, s.problem(ctx, err, &huma.ErrorDetail{Message: "photo " + place, Location: "body." + place})
		}
		shown[i] = faceOf(seen.Photo, faces[i])
	}
	v, err := s.Seer.Recognizer.Compare(faces[0].Result, faces[1].Result)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer(Comparison{v.Same, v.Cosine, v.Threshold, v.FMR, v.Head, shown[0], shown[1]}), nil
}

// Candidate is somebody whom a face may show.
type Candidate struct {
	Person Person  `json:"person"`
	Match  bool    `json:"match"`
	Margin float64 `json:"margin" doc:"By how much the person's faces are beyond the threshold, for these poses and so many people"`
	Best   float64 `json:"best" doc:"The highest cosine with one of the person's faces"`
}

// Found is who a face is.
type Found struct {
	Face       Face        `json:"face"`
	Known      bool        `json:"known" doc:"Whether the first candidate matches"`
	Candidates []Candidate `json:"candidates" nullable:"false" doc:"The likeliest first"`
}

// Identification is who the faces of a photo are.
type Identification struct {
	Photo  PhotoFacts `json:"photo"`
	Faces  []Found    `json:"faces" nullable:"false"`
	People int        `json:"people" doc:"How many were searched"`
	FPIR   float64    `json:"fpir" doc:"The share of searches for strangers that may return somebody"`
}

type identifyInput struct {
	Most int `query:"most" default:"3" minimum:"1" maximum:"20" doc:"How many candidates each face may have"`
}

func (s *Service) identify(ctx context.Context, in *identifyInput) (*body[Identification], error) {
	seen, photo, err := s.one(ctx)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	out := Identification{Photo: photoOf(seen), Faces: make([]Found, len(seen.Faces)), FPIR: gallery.DefaultFPIR}
	samples := make([]gallery.Sample, len(seen.Faces))
	for i, f := range seen.Faces {
		samples[i] = f.Sample(photo.Name)
	}
	if len(samples) == 0 {
		return answer(out), nil
	}
	found, err := s.Gallery.IdentifyAll(ctx, samples, in.Most)
	if err != nil {
		return nil, s.problem(ctx, fmt.Errorf("identify: %w", err))
	}
	for i, f := range found {
		out.People, out.FPIR = f.People, f.FPIR
		out.Faces[i] = Found{faceOf(seen.Photo, seen.Faces[i]), f.Known(), candidatesOf(f.Candidates)}
	}
	return answer(out), nil
}

func candidatesOf(all []gallery.Candidate) []Candidate {
	out := make([]Candidate, len(all))
	for i, c := range all {
		out[i] = candidateOf(c)
	}
	return out
}

func candidateOf(c gallery.Candidate) Candidate {
	out := Candidate{Person: personOf(c.Person), Match: c.Match, Margin: c.Margin}
	if len(c.Comparisons) > 0 {
		out.Best = c.Comparisons[0].Cosine
	}
	for _, k := range c.Comparisons {
		out.Best = max(out.Best, k.Cosine)
	}
	return out
}

package api

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/fspfm"
)

// About is what the server is made of.
type About struct {
	Version     string            `json:"version"`
	Go          string            `json:"go"`
	Engine      string            `json:"engine"`
	Pack        string            `json:"pack"`
	Detector    bool              `json:"detector" doc:"Whether there is one: otherwise the photos of the demonstration are all that is looked at"`
	Head        bool              `json:"head" doc:"Whether features can be frontalized"`
	HeadDecides bool              `json:"head_decides"`
	Fingerprint string            `json:"fingerprint"`
	FeatureLen  int               `json:"feature_len"`
	Models      map[string]string `json:"models" doc:"Hashes of the networks' files"`
	Thresholds  Thresholds        `json:"thresholds"`
	People      int               `json:"people"`
	Faces       int               `json:"faces"`
	Limits      Limits            `json:"limits"`
	Demo        []DemoPhoto       `json:"demo,omitempty"`
	Role        string            `json:"role,omitempty" doc:"Of the key that has asked"`
	Roots       []string          `json:"roots,omitempty" doc:"Folders below which there may be jobs, for those who may start some"`
}

// Thresholds are the cosines from which on two faces are one person's.
type Thresholds struct {
	Frontal   float64 `json:"frontal"`
	Mixed     float64 `json:"mixed" doc:"A frontal and a turned face"`
	Turned    float64 `json:"turned" doc:"Two turned faces"`
	TurnedDeg float64 `json:"turned_deg" doc:"From which yaw on a face counts as turned"`
}

// Limits are those of requests.
type Limits struct {
	PhotoBytes   int64 `json:"photo_bytes"`
	RequestBytes int64 `json:"request_bytes"`
	Photos       int   `json:"photos" doc:"Of a request"`
	Pixels       int   `json:"pixels" doc:"Of a photo; a larger JPEG is reduced"`
}

func (s *Service) registerAbout(api huma.API) {
	huma.Register(api, operation("about", http.MethodGet, "/v1/about", "server", keys.Read, "Engine, models and limits"), s.about)
	huma.Register(api, operation("health", http.MethodGet, "/healthz", "server", "", "Whether the server runs"),
		func(context.Context, *struct{}) (*body[Health], error) { return answer(Health{"ok"}), nil })
	huma.Register(api, operation("ready", http.MethodGet, "/readyz", "server", "", "Whether the server takes requests"), s.ready)
}

// Health is how the server is.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

// patience is how long the database may take to say that it is there.
const patience = 2 * time.Second

func (s *Service) ready(ctx context.Context, _ *struct{}) (*body[Health], error) {
	if s.Draining() {
		return nil, Problem(http.StatusServiceUnavailable, "ending", "the server is about to end", 0)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, _, err := s.Gallery.Count(ctx); err != nil {
		s.Log.WarnContext(ctx, "not ready", "error", err)
		return nil, Problem(http.StatusServiceUnavailable, "store", "the people are out of reach at the moment", storeRetry)
	}
	return answer(Health{"ok"}), nil
}

// roleOfKey is where a request's role is.
type roleOfKey struct{}

// WithRole says what role a request has.
func WithRole(ctx context.Context, r keys.Role) context.Context {
	return context.WithValue(ctx, roleOfKey{}, r)
}

func (s *Service) about(ctx context.Context, _ *struct{}) (*body[About], error) {
	r := s.Seer.Recognizer
	m, d := r.Maker(), r.Decision()
	decides, _ := r.HeadDecides()
	out := About{
		Version: Version, Go: runtime.Version(), Engine: r.Engine(), Pack: r.Pack().Name(), Detector: m.Detector.SHA256 != "",
		HeadDecides: decides, Fingerprint: r.Fingerprint(), FeatureLen: r.FeatureLen(), Models: map[string]string{}, Demo: s.Demo,
		Thresholds: Thresholds{d.Frontal.Cosine, d.Mixed.Cosine, d.Turned.Cosine, d.TurnedDeg},
		Limits:     Limits{s.Given.MaxPhoto, s.Given.MaxBody, s.Given.MaxPhotos, s.Seer.Limits.MaxPixels},
	}
	for name, model := range map[string]fspfm.MakerModel{"detector": m.Detector, "extractor": m.Extractor, "reader": m.Reader, "landmarks": m.Landmarks, "pose": m.Pose, "head": m.Head} {
		if model.SHA256 != "" {
			out.Models[name] = model.SHA256
		}
	}
	out.Head = out.Models["head"] != ""
	role, _ := ctx.Value(roleOfKey{}).(keys.Role)
	if out.Role = string(role); role.Allows(keys.Write) {
		out.Roots = s.Jobs.Roots
	}
	var err error
	if out.People, out.Faces, err = s.Gallery.Count(ctx); err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer(out), nil
}

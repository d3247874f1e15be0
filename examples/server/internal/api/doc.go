// Package api is what the server can be asked for: operations over REST, described by an
// OpenAPI document that is made of them.
package api

import (
	"log/slog"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pifr-go/pifr/examples/server/internal/audit"
	"github.com/pifr-go/pifr/examples/server/internal/given"
	"github.com/pifr-go/pifr/examples/server/internal/groups"
	"github.com/pifr-go/pifr/examples/server/internal/jobs"
	"github.com/pifr-go/pifr/examples/server/internal/sight"
	"github.com/pifr-go/pifr/examples/server/internal/work"
	"github.com/pifr-go/pifr/fspfm/gallery"
)

// Version is that of the operations.
const Version = "1.0.0"

// Service is what the operations work with.
type Service struct {
	Seer     *sight.Seer
	Gallery  *gallery.Gallery
	Groups   *groups.Store
	Jobs     *jobs.Jobs
	Given    *given.Reader
	Queue    *work.Queue
	Audit    *audit.Log
	Log      *slog.Logger
	Counts   Counts
	Demo     []DemoPhoto // of a demonstration
	Draining func() bool // whether the server is about to end
}

// Counts is told what was looked at.
type Counts interface {
	Photo(faces int)
}

// DemoPhoto is a photo that the server brings.
type DemoPhoto struct {
	Name string `json:"name" doc:"Below /demo/photos/"`
	Who  string `json:"who" doc:"Who does not exist and is shown"`
}

// Config is huma's for the document: without links to schemas in answers, without formats
// besides JSON, and without its page, which loads scripts from elsewhere.
func Config() huma.Config {
	c := huma.DefaultConfig("Face recognition, whichever way faces look", Version)
	c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", nil
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "Faces in photos, who they are, and people with their faces. " +
		"Photos come as multipart uploads, as base64 in JSON, or, one alone, as the body. " +
		"Every face in an answer has its pose, its quality, and what speaks against it. " +
		"Errors are problem details (RFC 9457)."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "A key, where the server has some. Its role is read, write or admin."},
	}
	return c
}

// Register adds all operations.
func (s *Service) Register(api huma.API) {
	s.registerPhotos(api)
	s.registerPeople(api)
	s.registerFaces(api)
	s.registerGroups(api)
	s.registerJobs(api)
	s.registerAbout(api)
}

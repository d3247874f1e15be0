package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pifr-go/pifr/examples/server/internal/audit"
	"github.com/pifr-go/pifr/examples/server/internal/given"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/fspfm/gallery"
)

// registerFaces registers what is done to the faces of people.
func (s *Service) registerFaces(api huma.API) {
	registerUpload[given.SomePhotos](api, operation("enroll-faces", http.MethodPost, "/v1/people/{person}/faces", "people", keys.Write,
		"Enroll more faces of somebody; a name in the request counts for nothing", http.StatusNotFound), s.enrollMore)
	huma.Register(api, operation("remove-face", http.MethodDelete, "/v1/people/{person}/faces/{face}", "people", keys.Admin,
		"Remove a face; who has no other is gone", http.StatusNotFound), s.removeFace)
	huma.Register(api, operation("move-faces", http.MethodPost, "/v1/people/{person}/move", "people", keys.Write,
		"Give faces to another person; who has none left is gone", http.StatusNotFound), s.move)
	huma.Register(api, operation("merge-people", http.MethodPost, "/v1/people/{person}/merge", "people", keys.Write,
		"Give a person the faces of others, who are gone then", http.StatusNotFound), s.merge)
	huma.Register(api, created(operation("split-person", http.MethodPost, "/v1/people/{person}/split", "people", keys.Write,
		"Make a new person of some faces", http.StatusNotFound)), s.split)
}

type removeFaceInput struct {
	PersonPath
	Face string `path:"face" maxLength:"200"`
}

func (s *Service) removeFace(ctx context.Context, in *removeFaceInput) (*struct{}, error) {
	err := s.audited(ctx, audit.Entry{Action: "remove face", Person: in.ID, Others: []string{in.Face}}, func() error {
		if err := s.owns(ctx, in.ID, in.Face); err != nil {
			return err
		}
		return s.Gallery.RemoveFaces(ctx, in.Face)
	})
	return nil, s.problem(ctx, err)
}

// owns fails unless the face is the person's.
func (s *Service) owns(ctx context.Context, person, face string) error {
	return s.Gallery.Store().View(ctx, func(tx gallery.Tx) error {
		f, err := tx.Face(ctx, face)
		if err == nil && f.Person != person {
			err = fmt.Errorf("%w: of this person", gallery.ErrNoFace)
		}
		return err
	})
}

type moveInput struct {
	PersonPath
	Body struct {
		Faces []string `json:"faces" nullable:"false" minItems:"1" maxItems:"1000" doc:"IDs of faces, whoever has them"`
	}
}

func (s *Service) move(ctx context.Context, in *moveInput) (*tagged[PersonWithFaces], error) {
	err := s.audited(ctx, audit.Entry{Action: "move faces", Person: in.ID, Others: in.Body.Faces}, func() error {
		return s.Gallery.Move(ctx, in.ID, in.Body.Faces...)
	})
	return s.changed(ctx, in.ID, err)
}

type mergeInput struct {
	PersonPath
	Body struct {
		Others []string `json:"others" nullable:"false" minItems:"1" maxItems:"1000" doc:"IDs of people"`
	}
}

func (s *Service) merge(ctx context.Context, in *mergeInput) (*tagged[PersonWithFaces], error) {
	others := unique(in.Body.Others)
	for _, id := range others {
		if id == in.ID {
			return nil, Problem(http.StatusUnprocessableEntity, "same", "nobody is merged with themselves", 0)
		}
	}
	err := s.audited(ctx, audit.Entry{Action: "merge people", Person: in.ID, Others: others}, func() error {
		return s.Gallery.Merge(ctx, in.ID, others...)
	})
	return s.changed(ctx, in.ID, err)
}

type splitInput struct {
	PersonPath
	Body struct {
		Faces    []string          `json:"faces" nullable:"false" minItems:"1" maxItems:"1000" doc:"IDs of faces of the person, and not all"`
		Name     string            `json:"name,omitempty" maxLength:"200" doc:"Of the new person"`
		Metadata map[string]string `json:"metadata,omitempty"`
	}
}

func (s *Service) split(ctx context.Context, in *splitInput) (*tagged[PersonWithFaces], error) {
	p, err := s.person(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	if faces := unique(in.Body.Faces); len(faces) >= len(p.Faces) {
		return nil, Problem(http.StatusUnprocessableEntity, "all-faces", "all of somebody's faces are no part of them", 0)
	}
	made, err := s.Gallery.Split(ctx, in.ID, gallery.Person{Name: in.Body.Name, Metadata: in.Body.Metadata}, in.Body.Faces...)
	out, err := s.changed(ctx, made.ID, err)
	if out != nil {
		out.Status = http.StatusCreated
	}
	return out, err
}

// changed answers with somebody as they are after a change.
func (s *Service) changed(ctx context.Context, id string, err error) (*tagged[PersonWithFaces], error) {
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	p, err := s.person(ctx, id)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return withTag(p, nil), nil
}

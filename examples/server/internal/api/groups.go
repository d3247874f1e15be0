package api

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pifr-go/pifr/examples/server/internal/audit"
	"github.com/pifr-go/pifr/examples/server/internal/groups"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/people"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/pose"
)

// GroupedFace is a face of a photo in a folder.
type GroupedFace struct {
	ID      string   `json:"id"`
	File    string   `json:"file" doc:"The photo's name"`
	Box     Box      `json:"box"`
	Pose    Pose     `json:"pose"`
	Quality float64  `json:"quality"`
	Reasons []string `json:"reasons" nullable:"false"`
	Doubt   string   `json:"doubt,omitempty"`
}

// Group is faces of one person.
type Group struct {
	ID    int           `json:"id"`
	Sure  bool          `json:"sure" doc:"Somebody has said of all faces that they are one person"`
	Size  int           `json:"size" doc:"How many faces it has"`
	Faces []GroupedFace `json:"faces" nullable:"false" doc:"In a list of groups, the first ones"`
}

// GroupsPage is a part of all groups.
type GroupsPage struct {
	Groups []Group       `json:"groups" nullable:"false" doc:"The largest first"`
	Total  int           `json:"total" doc:"How many groups there are"`
	Alone  []GroupedFace `json:"alone" nullable:"false" doc:"The first of the faces that are like nobody"`
	Single int           `json:"single" doc:"How many faces are like nobody"`
}

// shownFaces is how many faces of each group a list has.
const shownFaces = 24

func groupOf(g groups.Group, most int) Group {
	return Group{g.ID, g.Sure, len(g.Faces), groupedFaces(g.Faces[:min(most, len(g.Faces))])}
}

func groupedFaces(all []groups.Face) []GroupedFace {
	out := make([]GroupedFace, len(all))
	for i, f := range all {
		out[i] = GroupedFace{
			f.ID, filepath.Base(f.File), Box{round(f.Box[0]), round(f.Box[1]), round(f.Box[2]), round(f.Box[3])},
			Pose{round(f.Yaw), round(f.Pitch), round(f.Roll)}, f.Quality, append([]string{}, f.Reasons...), f.Doubt,
		}
	}
	return out
}

func (s *Service) registerGroups(api huma.API) {
	huma.Register(api, operation("list-groups", http.MethodGet, "/v1/groups", "groups", keys.Read, "Faces of folders in groups, one person to each"), s.listGroups)
	huma.Register(api, operation("get-group", http.MethodGet, "/v1/groups/{group}", "groups", keys.Read, "A group with all faces", http.StatusNotFound), s.getGroup)
	for _, step := range []struct {
		verb    groups.Verb
		role    keys.Role
		summary string
	}{
		{groups.Same, keys.Write, "These faces are one person: their groups become one"},
		{groups.Different, keys.Write, "These two faces are two people"},
		{groups.Split, keys.Write, "These faces of one group are somebody else than the rest of it"},
		{groups.Forget, keys.Write, "Take back what was said of faces"},
		{groups.Remove, keys.Admin, "Forget faces with their features"},
	} {
		op := operation(string(step.verb)+"-faces", http.MethodPost, "/v1/groups/"+string(step.verb), "groups", step.role, step.summary, http.StatusNotFound, http.StatusConflict)
		huma.Register(api, op, func(ctx context.Context, in *facesInput) (*body[GroupsPage], error) {
			return s.step(ctx, step.verb, in.Body.Faces)
		})
	}
	huma.Register(api, operation("regroup", http.MethodPost, "/v1/groups/regroup", "groups", keys.Write,
		"Group all faces anew; what was said of them stays"), s.regroup)
	huma.Register(api, created(operation("enroll-group", http.MethodPost, "/v1/groups/{group}/enroll", "groups", keys.Write,
		"Enroll a group's faces as somebody", http.StatusNotFound)), s.enrollGroup)
	huma.Register(api, operation("face-picture", http.MethodGet, "/v1/groups/faces/{face}/picture", "groups", keys.Read,
		"The face upright, 112 pixels wide and high, as a JPEG", http.StatusNotFound), s.picture)
}

type listGroupsInput struct {
	From  int `query:"from" default:"0" minimum:"0" doc:"How many groups to leave out"`
	Limit int `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

func (s *Service) listGroups(_ context.Context, in *listGroupsInput) (*body[GroupsPage], error) {
	return answer(s.page(in.From, in.Limit)), nil
}

func (s *Service) page(from, limit int) GroupsPage {
	all, alone := s.Groups.All()
	out := GroupsPage{Groups: []Group{}, Total: len(all), Alone: groupedFaces(alone[:min(len(alone), shownFaces)]), Single: len(alone)}
	for _, g := range all[min(from, len(all)):min(from+limit, len(all))] {
		out.Groups = append(out.Groups, groupOf(g, shownFaces))
	}
	return out
}

// GroupPath says which group an operation is about. (Huma takes exported parts only.)
type GroupPath struct {
	ID int `path:"group" minimum:"1"`
}

func (s *Service) getGroup(ctx context.Context, in *GroupPath) (*body[Group], error) {
	g, err := s.Groups.Group(in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer(groupOf(g, len(g.Faces))), nil
}

type facesInput struct {
	Body struct {
		Faces []string `json:"faces" nullable:"false" minItems:"1" maxItems:"10000" doc:"IDs"`
	}
}

// step changes the groups.
func (s *Service) step(ctx context.Context, verb groups.Verb, faces []string) (*body[GroupsPage], error) {
	do := func() error { return s.Groups.Do(groups.Step{Do: verb, IDs: faces}) }
	var err error
	if verb == groups.Remove {
		err = s.audited(ctx, audit.Entry{Action: "remove grouped faces", Others: faces}, func() error {
			if err := do(); err != nil {
				return err
			}
			return s.Groups.Purge()
		})
	} else {
		err = do()
	}
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer(s.page(0, 50)), nil
}

func (s *Service) regroup(ctx context.Context, _ *struct{}) (*body[GroupsPage], error) {
	return s.step(ctx, groups.Regroup, nil)
}

type enrollGroupInput struct {
	GroupPath
	Body struct {
		Person string `json:"person,omitempty" maxLength:"200" doc:"The ID of somebody who is enrolled; somebody new without"`
		Name   string `json:"name,omitempty" maxLength:"200" doc:"Of somebody new"`
	}
}

func (s *Service) enrollGroup(ctx context.Context, in *enrollGroupInput) (*body[Enrolled], error) {
	g, err := s.Groups.Group(in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	samples := make([]gallery.Sample, len(g.Faces))
	for i, f := range g.Faces {
		samples[i] = gallery.Sample{
			Feature: f.Feature, Angles: pose.FromDeg(f.Yaw, f.Pitch, f.Roll), Quality: f.Quality, Flaws: f.Reasons,
			Source: filepath.Base(f.File), Metadata: map[string]string{"grouped": f.ID},
		}
	}
	e, err := s.Gallery.Enroll(ctx, gallery.Person{ID: in.Body.Person, Name: in.Body.Name}, samples...)
	if err != nil {
		var details []*huma.ErrorDetail
		for _, r := range refusals(e.Refused) {
			details = append(details, &huma.ErrorDetail{Message: r.Reason, Location: fmt.Sprintf("group.faces[%d]", r.Photo), Value: r})
		}
		if len(details) > 0 {
			return nil, Problem(http.StatusUnprocessableEntity, "refused", "no face was enrolled", 0, details...)
		}
		return nil, s.problem(ctx, err)
	}
	return answer(Enrolled{personOf(e.Person), append([]string{}, e.Faces...), []Face{}, refusals(e.Refused)}), nil
}

type pictureInput struct {
	Face string `path:"face" maxLength:"200"`
}

type picture struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

// picture cuts a face out of its photo, as long as that is there.
func (s *Service) picture(ctx context.Context, in *pictureInput) (*picture, error) {
	f, err := s.Groups.Face(in.Face)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	file, err := s.Jobs.Open(f.File)
	if err != nil {
		return nil, s.problem(ctx, fmt.Errorf("%w: its photo is gone", people.ErrUnknown))
	}
	defer file.Close()
	var out bytes.Buffer
	err = s.Queue.Do(ctx, func() error {
		p, err := photos.Decode(io.LimitReader(file, int64(s.Seer.Limits.MaxBytes)), s.Seer.Limits)
		if err != nil {
			return err
		}
		// Somewhat more than the box, which is in the photo at its full size.
		k := float64(p.Scale)
		side := 1.3 * max(f.Box[2], f.Box[3]) / k
		b := face.Box{X: (f.Box[0]+f.Box[2]/2)/k - side/2, Y: (f.Box[1]+f.Box[3]/2)/k - side/2, W: side, H: side}
		m, err := face.Crop(p.Image, b, face.TemplateSize, face.TemplateSize)
		if err != nil {
			return err
		}
		return jpeg.Encode(&out, m, &jpeg.Options{Quality: 85})
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return &picture{"image/jpeg", "private, max-age=600", out.Bytes()}, nil
}

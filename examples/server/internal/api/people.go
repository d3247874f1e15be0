package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pifr-go/pifr/examples/server/internal/audit"
	"github.com/pifr-go/pifr/examples/server/internal/given"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/fspfm/gallery"
)

// Person is somebody whose faces are enrolled.
type Person struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Created  time.Time         `json:"created"`
}

func personOf(p gallery.Person) Person { return Person{p.ID, p.Name, p.Metadata, p.Created} }

// EnrolledFace is a face of somebody.
type EnrolledFace struct {
	ID      string    `json:"id"`
	Pose    Pose      `json:"pose"`
	Quality float64   `json:"quality" doc:"0 to 1; 0 if nobody has said"`
	Source  string    `json:"source,omitempty" doc:"Where the photo came from"`
	Created time.Time `json:"created"`
}

// PersonWithFaces is a person with all faces.
type PersonWithFaces struct {
	Person
	Faces []EnrolledFace `json:"faces" nullable:"false"`
}

// PeoplePage is a part of all people.
type PeoplePage struct {
	People []Person `json:"people" nullable:"false" doc:"In the order in which they were enrolled"`
	Next   string   `json:"next,omitempty" doc:"The cursor of the next page; there is none after the last"`
}

// tagged is an answer with a tag by which it is known again.
type tagged[T any] struct {
	ETag   string `header:"ETag"`
	Link   string `header:"Link" doc:"The next page"`
	Status int
	Body   *T
}

func tagOf(v any) string {
	data, _ := json.Marshal(v) // of types that can be
	sum := sha256.Sum256(data)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// unchanged is the answer to somebody who knows this one.
func withTag[T any](v T, known []string) *tagged[T] {
	t := &tagged[T]{ETag: tagOf(v), Status: http.StatusOK, Body: &v}
	if matches(known, t.ETag) {
		t.Status, t.Body = http.StatusNotModified, nil
	}
	return t
}

func matches(known []string, tag string) bool {
	return slices.ContainsFunc(known, func(k string) bool {
		k = strings.TrimSpace(k)
		return k == "*" || strings.TrimPrefix(k, "W/") == tag
	})
}

// IfNoneMatch is in questions whose answer may be known.
type IfNoneMatch struct {
	Known []string `header:"If-None-Match" doc:"Tags of answers that are known: there is none if it is one of these"`
}

// IfMatch is in changes of something that may have changed.
type IfMatch struct {
	Expected []string `header:"If-Match" doc:"Tags: nothing is changed if the person is none of these"`
}

func (s *Service) registerPeople(api huma.API) {
	registerUpload[given.SomePhotos](api, created(operation("enroll", http.MethodPost, "/v1/people", "people", keys.Write, "Enroll somebody by photos")), s.enroll)
	huma.Register(api, operation("list-people", http.MethodGet, "/v1/people", "people", keys.Read, "People, page by page"), s.list)
	huma.Register(api, operation("get-person", http.MethodGet, "/v1/people/{person}", "people", keys.Read, "Somebody with all faces", http.StatusNotFound), s.get)
	huma.Register(api, operation("describe-person", http.MethodPut, "/v1/people/{person}", "people", keys.Write,
		"Give somebody another name and metadata", http.StatusNotFound, http.StatusPreconditionFailed), s.describe)
	huma.Register(api, operation("remove-person", http.MethodDelete, "/v1/people/{person}", "people", keys.Admin,
		"Remove somebody with all faces", http.StatusNotFound, http.StatusPreconditionFailed), s.remove)
	registerUpload[given.OnePhoto](api, operation("verify-person", http.MethodPost, "/v1/people/{person}/verify", "people", keys.Read,
		"Whether a photo shows somebody", http.StatusNotFound), s.verifyPerson)
}

func created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}

type listInput struct {
	IfNoneMatch
	After string `query:"after" maxLength:"200" doc:"The cursor of the page, which is the next of the one before"`
	Limit int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

func (s *Service) list(ctx context.Context, in *listInput) (*tagged[PeoplePage], error) {
	all, err := s.Gallery.People(ctx, in.After, in.Limit+1)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	page := PeoplePage{People: make([]Person, 0, len(all))}
	for i, p := range all {
		if i == in.Limit {
			page.Next = all[i-1].ID
			break
		}
		page.People = append(page.People, personOf(p))
	}
	out := withTag(page, in.Known)
	if page.Next != "" {
		out.Link = fmt.Sprintf(`</v1/people?after=%s&limit=%d>; rel="next"`, page.Next, in.Limit)
	}
	return out, nil
}

// PersonPath says whom an operation is about.
type PersonPath struct {
	ID string `path:"person" maxLength:"200"`
}

// withFaces reads somebody within a transaction.
func withFaces(ctx context.Context, tx gallery.Tx, id string) (PersonWithFaces, error) {
	p, err := tx.Person(ctx, id)
	if err != nil {
		return PersonWithFaces{}, err
	}
	faces, err := tx.Faces(ctx, id)
	if err != nil {
		return PersonWithFaces{}, err
	}
	out := PersonWithFaces{personOf(p), make([]EnrolledFace, len(faces))}
	for i, f := range faces {
		out.Faces[i] = EnrolledFace{f.ID, Pose{round(f.YawDeg), round(f.PitchDeg), round(f.RollDeg)}, f.Quality, f.Source, f.Created}
	}
	return out, nil
}

// person reads somebody.
func (s *Service) person(ctx context.Context, id string) (p PersonWithFaces, err error) {
	err = s.Gallery.Store().View(ctx, func(tx gallery.Tx) error {
		p, err = withFaces(ctx, tx, id)
		return err
	})
	return p, err
}

type getInput struct {
	PersonPath
	IfNoneMatch
}

func (s *Service) get(ctx context.Context, in *getInput) (*tagged[PersonWithFaces], error) {
	p, err := s.person(ctx, in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return withTag(p, in.Known), nil
}

// expected fails if somebody is not as the one who wants a change has seen them.
func expected(ctx context.Context, tx gallery.Tx, id string, tags []string) (gallery.Person, error) {
	if len(tags) > 0 {
		p, err := withFaces(ctx, tx, id)
		if err != nil {
			return gallery.Person{}, err
		}
		if !matches(tags, tagOf(p)) {
			return gallery.Person{}, Problem(http.StatusPreconditionFailed, "changed", "the person is not as If-Match says", 0)
		}
	}
	return tx.Person(ctx, id)
}

type describeInput struct {
	PersonPath
	IfMatch
	Body struct {
		Name     string            `json:"name" maxLength:"200"`
		Metadata map[string]string `json:"metadata,omitempty"`
	}
}

func (s *Service) describe(ctx context.Context, in *describeInput) (*tagged[PersonWithFaces], error) {
	var out PersonWithFaces
	err := s.Gallery.Store().Update(ctx, func(tx gallery.Tx) error {
		p, err := expected(ctx, tx, in.ID, in.Expected)
		if err != nil {
			return err
		}
		p.Name, p.Metadata = in.Body.Name, in.Body.Metadata
		if err := tx.PutPerson(ctx, p); err != nil {
			return err
		}
		out, err = withFaces(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return withTag(out, nil), nil
}

type removeInput struct {
	PersonPath
	IfMatch
}

func (s *Service) remove(ctx context.Context, in *removeInput) (*struct{}, error) {
	err := s.audited(ctx, audit.Entry{Action: "remove person", Person: in.ID}, func() error {
		return s.Gallery.Store().Update(ctx, func(tx gallery.Tx) error {
			if _, err := expected(ctx, tx, in.ID, in.Expected); err != nil {
				return err
			}
			return tx.DeletePerson(ctx, in.ID)
		})
	})
	return nil, s.problem(ctx, err)
}

// audited does something that cannot be undone, with a line in the audit log.
func (s *Service) audited(ctx context.Context, e audit.Entry, do func() error) error {
	e.Request, e.Key = Caller(ctx)
	return s.Audit.Do(e, do)
}

// callerKey is where a request's ID and its key's are.
type callerKey struct{}

// WithCaller says by whose request something is done.
func WithCaller(ctx context.Context, request, key string) context.Context {
	return context.WithValue(ctx, callerKey{}, [2]string{request, key})
}

// Caller is what WithCaller has said.
func Caller(ctx context.Context) (request, key string) {
	c, _ := ctx.Value(callerKey{}).([2]string)
	return c[0], c[1]
}

// Enrolled is what became of photos that were to be enrolled.
type Enrolled struct {
	Person  Person    `json:"person"`
	Faces   []string  `json:"faces" nullable:"false" doc:"IDs of the faces that were enrolled"`
	Photos  []Face    `json:"photos" nullable:"false" doc:"The face of each photo"`
	Refused []Refusal `json:"refused" nullable:"false" doc:"The photos that were not"`
}

// Refusal is a photo that was not enrolled.
type Refusal struct {
	Photo  int    `json:"photo" doc:"Counted from 0"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
	Person string `json:"person,omitempty" doc:"Whom the face shows, if it is somebody else"`
}

// EnrollQuery says which faces are enrolled.
type EnrollQuery struct {
	Face string `query:"face" enum:"only,best" default:"only" doc:"Which face of a photo: the only one, or the one that the photo is most likely of"`
}

func (s *Service) enroll(ctx context.Context, in *EnrollQuery) (*body[Enrolled], error) {
	return s.enrollAs(ctx, "", in.Face)
}

type enrollMoreInput struct {
	PersonPath
	EnrollQuery
}

func (s *Service) enrollMore(ctx context.Context, in *enrollMoreInput) (*body[Enrolled], error) {
	return s.enrollAs(ctx, in.ID, in.Face)
}

// enrollAs enrolls the photos of the request, as somebody new if there is no ID.
func (s *Service) enrollAs(ctx context.Context, id, which string) (*body[Enrolled], error) {
	var b given.SomePhotos
	give, err := s.read(ctx, &b)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	defer give()
	if len(b.Name) > 200 {
		return nil, Problem(http.StatusUnprocessableEntity, "text", "a name has at most 200 bytes", 0)
	}
	var samples []gallery.Sample
	var shown []Face
	var details []*huma.ErrorDetail
	for i, p := range b.Photos {
		place := fmt.Sprintf("body.photos[%d]", i)
		seen, err := s.see(ctx, p.Data)
		if err != nil {
			return nil, s.problem(ctx, err, &huma.ErrorDetail{Message: "photo", Location: place})
		}
		pick := seen.Only
		if which == "best" {
			pick = seen.Best
		}
		f, err := pick()
		if err != nil {
			return nil, s.problem(ctx, err, &huma.ErrorDetail{Message: err.Error(), Location: place})
		}
		samples, shown, details = append(samples, f.Sample(p.Name)), append(shown, faceOf(seen.Photo, f)), append(details, against(place, f)...)
	}
	e, err := s.Gallery.Enroll(ctx, gallery.Person{ID: id, Name: b.Name, Metadata: b.Metadata}, samples...)
	refused := refusals(e.Refused)
	if errors.Is(err, gallery.ErrRefused) {
		for _, r := range refused {
			details = append(details, &huma.ErrorDetail{Message: r.Reason, Location: fmt.Sprintf("body.photos[%d]", r.Photo), Value: r})
		}
		return nil, Problem(http.StatusUnprocessableEntity, "refused", "no face was enrolled", 0, details...)
	}
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer(Enrolled{personOf(e.Person), append([]string{}, e.Faces...), shown, refused}), nil
}

func refusals(all []gallery.Refusal) []Refusal {
	out := make([]Refusal, len(all))
	for i, r := range all {
		out[i] = Refusal{r.Index, string(r.Reason), r.Detail, r.Person}
	}
	return out
}

type verifyPersonInput struct{ PersonPath }

// PersonVerification says whether a photo shows somebody.
type PersonVerification struct {
	Face      Face      `json:"face"`
	Candidate Candidate `json:"candidate"`
}

func (s *Service) verifyPerson(ctx context.Context, in *verifyPersonInput) (*body[PersonVerification], error) {
	seen, photo, err := s.one(ctx)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	f, err := seen.Best()
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	c, err := s.Gallery.Verify(ctx, in.ID, f.Sample(photo.Name))
	if err != nil {
		return nil, s.problem(ctx, err, against("body.photo", f)...)
	}
	return answer(PersonVerification{faceOf(seen.Photo, f), candidateOf(c)}), nil
}

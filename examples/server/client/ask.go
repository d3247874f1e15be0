package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Point is a place in a photo, in pixels from its top left corner.
type Point struct{ X, Y float64 }

// Box is a rectangle in a photo.
type Box struct{ X, Y, Width, Height float64 }

// Pose is where a head looks, in degrees.
type Pose struct{ Yaw, Pitch, Roll float64 }

// Landmarks are five points of a face. Left is the left of the image.
type Landmarks struct {
	LeftEye    Point `json:"left_eye"`
	RightEye   Point `json:"right_eye"`
	Nose       Point `json:"nose"`
	LeftMouth  Point `json:"left_mouth"`
	RightMouth Point `json:"right_mouth"`
}

// Face is a face of a photo.
type Face struct {
	Box       Box
	Landmarks Landmarks
	Pose      Pose
	Score     float64  // how sure the detector is, 0 to 1
	Quality   float64  // how good the face is for recognition, 0 to 1
	Reasons   []string // what speaks against it
	Doubt     string   // why all of it may be wrong; empty if nothing says so
}

// Detection is what a photo shows.
type Detection struct{ Faces []Face }

// Comparison says whether two photos show one person.
type Comparison struct {
	Same              bool
	Cosine, Threshold float64
	A, B              Face
}

// Person is somebody who is enrolled.
type Person struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Metadata map[string]string `json:"metadata,omitempty"`
	Created  time.Time         `json:"created"`
	Faces    []EnrolledFace    `json:"faces,omitempty"` // of Client.Person
}

// EnrolledFace is a face of somebody.
type EnrolledFace struct {
	ID, Source string
	Pose       Pose
	Quality    float64
	Created    time.Time
}

// Enrolled is what became of photos that were to be enrolled.
type Enrolled struct {
	Person  Person
	Faces   []string // IDs
	Refused []Refusal
}

// Refusal is a photo that was not enrolled.
type Refusal struct {
	Photo          int
	Reason, Detail string
	Person         string // whom the face shows, if it is somebody else
}

// Candidate is somebody whom a face may show.
type Candidate struct {
	Person Person
	Match  bool
	Margin float64 // above the threshold
}

// Found is who a face is.
type Found struct {
	Face       Face
	Known      bool // whether the first candidate matches
	Candidates []Candidate
}

// Identification is who the faces of a photo are.
type Identification struct {
	Faces  []Found
	People int // how many were searched
}

// Detect finds the faces of a photo.
func (c *Client) Detect(ctx context.Context, p Photo) (*Detection, error) {
	return upload[Detection](ctx, c, "/v1/detect", part{field: "photo", photo: &p})
}

// Verify says whether two photos show one person.
func (c *Client) Verify(ctx context.Context, a, b Photo) (*Comparison, error) {
	return upload[Comparison](ctx, c, "/v1/verify", part{field: "a", photo: &a}, part{field: "b", photo: &b})
}

// Identify says who the faces of a photo are.
func (c *Client) Identify(ctx context.Context, p Photo) (*Identification, error) {
	return upload[Identification](ctx, c, "/v1/identify", part{field: "photo", photo: &p})
}

// Enroll enrolls somebody new by photos of one face each.
func (c *Client) Enroll(ctx context.Context, name string, photos ...Photo) (*Enrolled, error) {
	return upload[Enrolled](ctx, c, "/v1/people", append(files(photos), part{field: "name", text: name})...)
}

// EnrollMore enrolls more photos of somebody.
func (c *Client) EnrollMore(ctx context.Context, person string, photos ...Photo) (*Enrolled, error) {
	return upload[Enrolled](ctx, c, "/v1/people/"+url.PathEscape(person)+"/faces", files(photos)...)
}

func files(photos []Photo) []part {
	var out []part
	for i := range photos {
		out = append(out, part{field: "photos", photo: &photos[i]})
	}
	return out
}

// Person returns somebody with all faces.
func (c *Client) Person(ctx context.Context, id string) (*Person, error) {
	return send[Person](ctx, c, http.MethodGet, "/v1/people/"+url.PathEscape(id), nil)
}

// People returns all people, without faces, in the order in which they were enrolled. An
// error is the last that comes.
func (c *Client) People(ctx context.Context) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		for after := ""; ; {
			page, err := send[struct {
				People []Person
				Next   string
			}](ctx, c, http.MethodGet, "/v1/people?limit=500&after="+url.QueryEscape(after), nil)
			if err != nil {
				yield(Person{}, err)
				return
			}
			for _, p := range page.People {
				if !yield(p, nil) {
					return
				}
			}
			if after = page.Next; after == "" {
				return
			}
		}
	}
}

// Describe gives somebody another name and metadata.
func (c *Client) Describe(ctx context.Context, id, name string, metadata map[string]string) (*Person, error) {
	return send[Person](ctx, c, http.MethodPut, "/v1/people/"+url.PathEscape(id), map[string]any{"name": name, "metadata": metadata})
}

// Merge gives a person the faces of others, who are gone then.
func (c *Client) Merge(ctx context.Context, person string, others ...string) (*Person, error) {
	return send[Person](ctx, c, http.MethodPost, "/v1/people/"+url.PathEscape(person)+"/merge", map[string]any{"others": others})
}

// Move gives faces to a person. Who has none left is gone.
func (c *Client) Move(ctx context.Context, person string, faces ...string) (*Person, error) {
	return send[Person](ctx, c, http.MethodPost, "/v1/people/"+url.PathEscape(person)+"/move", map[string]any{"faces": faces})
}

// Split makes a new person of some of somebody's faces.
func (c *Client) Split(ctx context.Context, person, name string, faces ...string) (*Person, error) {
	return send[Person](ctx, c, http.MethodPost, "/v1/people/"+url.PathEscape(person)+"/split", map[string]any{"name": name, "faces": faces})
}

// Remove removes somebody with all faces.
func (c *Client) Remove(ctx context.Context, id string) error {
	_, err := send[struct{}](ctx, c, http.MethodDelete, "/v1/people/"+url.PathEscape(id), nil)
	return err
}

// Package given takes photos out of requests: multipart uploads, base64 in JSON, a picture
// as the body, or, where that is allowed, an address to fetch it from.
package given

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/pifr-go/pifr/examples/server/internal/work"
)

// Errors that callers may test for, besides work.ErrFull and *http.MaxBytesError.
var (
	ErrBody    = errors.New("the request's body cannot be read")
	ErrMissing = errors.New("the request lacks a photo")
	ErrMany    = errors.New("too many photos in the request")
	ErrType    = errors.New("neither application/json, multipart/form-data nor a picture")
	ErrSlow    = errors.New("the request came too slowly")
)

// Photo is a photo as a request gives it.
type Photo struct {
	Data []byte `json:"data,omitempty" doc:"The photo's file in base64" contentEncoding:"base64"`
	URL  string `json:"url,omitempty" doc:"Or where to fetch it from, if the server allows the host"`
	// Name is the file's, if it is known.
	Name string `json:"name,omitempty" maxLength:"200" doc:"Where the photo comes from, to be kept with its face"`
}

// OnePhoto is a request with one photo.
type OnePhoto struct {
	Photo Photo `json:"photo"`
}

// TwoPhotos is a request with two photos.
type TwoPhotos struct {
	A Photo `json:"a"`
	B Photo `json:"b"`
}

// SomePhotos is a request with photos of one person.
type SomePhotos struct {
	Name     string            `json:"name,omitempty" maxLength:"200" doc:"The person's name, for people"`
	Metadata map[string]string `json:"metadata,omitempty" doc:"Whatever else is to be kept with the person"`
	Photos   []Photo           `json:"photos" minItems:"1" nullable:"false"`
}

// Body is one of these.
type Body interface {
	part(name string) (photo *Photo, text *string, err error) // of a form
	photos() []*Photo
}

func (o *OnePhoto) part(name string) (*Photo, *string, error) {
	if name == "photo" && o.Photo.Data == nil {
		return &o.Photo, nil, nil
	}
	return nil, nil, unexpected(name)
}

func (o *OnePhoto) photos() []*Photo { return []*Photo{&o.Photo} }

func (p *TwoPhotos) part(name string) (*Photo, *string, error) {
	switch {
	case name == "a" && p.A.Data == nil:
		return &p.A, nil, nil
	case name == "b" && p.B.Data == nil:
		return &p.B, nil, nil
	}
	return nil, nil, unexpected(name)
}

func (p *TwoPhotos) photos() []*Photo { return []*Photo{&p.A, &p.B} }

func (s *SomePhotos) part(name string) (*Photo, *string, error) {
	switch name {
	case "photos", "photo":
		s.Photos = append(s.Photos, Photo{})
		return &s.Photos[len(s.Photos)-1], nil, nil
	case "name":
		return nil, &s.Name, nil
	}
	return nil, nil, unexpected(name)
}

func (s *SomePhotos) photos() []*Photo {
	var all []*Photo
	for i := range s.Photos {
		all = append(all, &s.Photos[i])
	}
	return all
}

func unexpected(name string) error { return fmt.Errorf("%w: part %q was not expected", ErrBody, name) }

// Reader reads requests within limits. It is safe for concurrent use.
type Reader struct {
	MaxPhoto  int64         // bytes of a photo
	MaxBody   int64         // bytes of a request
	MaxPhotos int           // of a request
	Patience  time.Duration // how long a body may take to come
	Budget    *work.Budget  // what all requests' bodies may take together
	Hosts     *Hosts        // where photos may be fetched from; nil is nowhere
}

// Read reads a request's body into one of the types above. Give has to be called when its
// photos are not needed any more; it is nil if there is an error.
func (r *Reader) Read(ctx context.Context, w http.ResponseWriter, req *http.Request, into Body) (give func(), err error) {
	if req.ContentLength > r.MaxBody {
		return nil, &http.MaxBytesError{Limit: r.MaxBody}
	}
	kind, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		return nil, ErrType
	}
	// A body whose length is not known may be as long as any. Base64 is there twice.
	need := req.ContentLength
	if need < 0 {
		need = r.MaxBody
	}
	if kind == "application/json" {
		need *= 2
	}
	if give, err = r.Budget.Take(need); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			give()
			give = nil
		}
	}()
	// A connection that is closed already says so when it is read.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(r.Patience))
	body := http.MaxBytesReader(w, req.Body, r.MaxBody)
	switch {
	case kind == "application/json":
		err = readJSON(body, into)
	case kind == "multipart/form-data":
		err = r.readForm(body, params["boundary"], into)
	case strings.HasPrefix(kind, "image/") || kind == "application/octet-stream":
		err = r.readPicture(body, into)
	default:
		err = ErrType
	}
	if err != nil {
		return give, told(err)
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	return give, r.complete(ctx, into)
}

// told is the error of a body as the client's fault.
func told(err error) error {
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long), errors.Is(err, ErrType), errors.Is(err, ErrMany), errors.Is(err, ErrBody):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrSlow, err)
	}
	return fmt.Errorf("%w: %w", ErrBody, err)
}

func readJSON(body io.Reader, into Body) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		if err != nil {
			return err
		}
		return fmt.Errorf("%w: something follows the JSON", ErrBody)
	}
	return nil
}

func (r *Reader) readPicture(body io.Reader, into Body) (err error) {
	one, ok := into.(*OnePhoto)
	if !ok {
		return ErrType
	}
	one.Photo.Data, err = r.readPhoto(body)
	return err
}

// readPhoto reads a photo's file.
func (r *Reader) readPhoto(from io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(from, r.MaxPhoto+1))
	if err == nil && int64(len(data)) > r.MaxPhoto {
		err = &http.MaxBytesError{Limit: r.MaxPhoto}
	}
	return data, err
}

// complete checks the photos, and fetches those that are elsewhere.
func (r *Reader) complete(ctx context.Context, b Body) error {
	all := b.photos()
	if len(all) == 0 {
		return ErrMissing
	}
	if len(all) > r.MaxPhotos {
		return fmt.Errorf("%w: %d, at most are %d", ErrMany, len(all), r.MaxPhotos)
	}
	var fetched int64
	for _, p := range all {
		switch {
		case len(p.Data) > 0 && p.URL != "", len(p.Data) == 0 && p.URL == "":
			return ErrMissing
		case int64(len(p.Data)) > r.MaxPhoto:
			return &http.MaxBytesError{Limit: r.MaxPhoto}
		case len(p.Data) > 0:
			continue
		}
		if r.Hosts == nil {
			return ErrHost
		}
		data, err := r.Hosts.Fetch(ctx, p.URL, min(r.MaxPhoto, r.MaxBody-fetched))
		if err != nil {
			return err
		}
		p.Data, fetched = data, fetched+int64(len(data))
	}
	return nil
}

// Package client asks a face server (examples/server).
//
//	c := client.New("http://127.0.0.1:8080", "")
//	ann, err := c.Enroll(ctx, "Ann", client.File("ann1.jpg", one), client.File("ann2.jpg", two))
//	found, err := c.Identify(ctx, client.File("party.jpg", photo))
//	if f := found.Faces[0]; f.Known {
//		fmt.Println(f.Candidates[0].Person.Name)
//	}
//
// It has what most programs need. The server's document, /openapi.json, has all there is,
// and other clients can be generated from it.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Client asks one server. It is safe for concurrent use.
type Client struct {
	// HTTP does the requests; nil is http.DefaultClient.
	HTTP *http.Client
	// Retries is how often a request is repeated that the server has no time for (429 and
	// 503), after the time that it says.
	Retries int

	base, key string
}

// New returns a client of the server at an address, with a key if the server wants one.
func New(base, key string) *Client { return &Client{base: strings.TrimSuffix(base, "/"), key: key} }

// Photo is a photo's file.
type Photo struct {
	Name string
	Data []byte
}

// File is a photo with its name.
func File(name string, data []byte) Photo { return Photo{name, data} }

// Error is what a server says is wrong, as RFC 9457 has it.
type Error struct {
	Type   string        `json:"type"` // urn:pifr:...
	Status int           `json:"status"`
	Title  string        `json:"title"`
	Detail string        `json:"detail"`
	Errors []ErrorDetail `json:"errors"` // such as what speaks against a face
	Retry  time.Duration `json:"-"`      // after which it is worth asking again; 0 is never
}

// ErrorDetail is one of several things that are wrong.
type ErrorDetail struct {
	Message  string `json:"message"`
	Location string `json:"location"`
	Value    any    `json:"value"`
}

// Error implements error.
func (e *Error) Error() string {
	all := []string{fmt.Sprintf("the server says %d: %s", e.Status, e.Detail)}
	for _, d := range e.Errors {
		all = append(all, strings.TrimSpace(d.Location+" "+d.Message))
	}
	return strings.Join(all, "; ")
}

// part is a part of a form: a file if it has data.
type part struct {
	field string
	text  string
	photo *Photo
}

// upload sends a form.
func upload[T any](ctx context.Context, c *Client, path string, parts ...part) (*T, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		var err error
		if p.photo == nil {
			err = form.WriteField(p.field, p.text)
		} else if w, bad := form.CreateFormFile(p.field, p.photo.Name); bad != nil {
			err = bad
		} else {
			_, err = w.Write(p.photo.Data)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := form.Close(); err != nil {
		return nil, err
	}
	return ask[T](ctx, c, http.MethodPost, path, form.FormDataContentType(), body.Bytes())
}

// send sends JSON, or nothing.
func send[T any](ctx context.Context, c *Client, method, path string, v any) (*T, error) {
	if v == nil {
		return ask[T](ctx, c, method, path, "", nil)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return ask[T](ctx, c, method, path, "application/json", data)
}

// ask asks, again where the server had no time.
func ask[T any](ctx context.Context, c *Client, method, path, kind string, body []byte) (*T, error) {
	for left := c.Retries; ; left-- {
		out := new(T)
		err := c.once(ctx, method, path, kind, body, out)
		var e *Error
		if err == nil {
			return out, nil
		}
		if left <= 0 || !errors.As(err, &e) || e.Retry == 0 {
			return nil, err
		}
		select {
		case <-time.After(e.Retry):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// longest is how long an answer may be.
const longest = 64 << 20

func (c *Client) once(ctx context.Context, method, path, kind string, body []byte, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	answer, err := h.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return failure(answer, data)
	}
	if answer.StatusCode == http.StatusNoContent || len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, out)
}

// failure is the error that an answer has.
func failure(answer *http.Response, data []byte) error {
	e := &Error{}
	if err := json.Unmarshal(data, e); err != nil {
		e.Detail = http.StatusText(answer.StatusCode)
	}
	e.Status = answer.StatusCode
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		e.Retry = time.Duration(seconds) * time.Second
	}
	return e
}

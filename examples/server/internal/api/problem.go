package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pifr-go/pifr/examples/server/internal/given"
	"github.com/pifr-go/pifr/examples/server/internal/groups"
	"github.com/pifr-go/pifr/examples/server/internal/jobs"
	"github.com/pifr-go/pifr/examples/server/internal/sight"
	"github.com/pifr-go/pifr/examples/server/internal/work"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
	"github.com/pifr-go/pifr/fspfm/people"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/quality"
)

// kind is what an error of the library means to somebody who has asked over HTTP.
type kind struct {
	err    error
	status int
	name   string        // of the problem: urn:pifr:NAME
	retry  time.Duration // after which to ask again; 0 is never
}

// kinds are all errors that are somebody's fault, or nobody's. Each says itself what is
// wrong; everything else is the server's fault, and is not told.
func kinds() []kind {
	return []kind{
		{work.ErrFull, http.StatusServiceUnavailable, "busy", time.Second},
		{given.ErrSlow, http.StatusRequestTimeout, "slow", 0},
		{given.ErrMissing, http.StatusUnprocessableEntity, "no-photo", 0},
		{given.ErrMany, http.StatusRequestEntityTooLarge, "too-many-photos", 0},
		{given.ErrType, http.StatusUnsupportedMediaType, "type", 0},
		{given.ErrHost, http.StatusForbidden, "host", 0},
		{given.ErrFetch, http.StatusBadGateway, "fetch", 0},
		{given.ErrBody, http.StatusBadRequest, "body", 0},
		{photos.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large", 0},
		{photos.ErrFormat, http.StatusUnsupportedMediaType, "format", 0},
		{photos.ErrUnsupported, http.StatusUnsupportedMediaType, "format", 0},
		{photos.ErrTruncated, http.StatusUnprocessableEntity, "damaged", 0},
		{photos.ErrDamaged, http.StatusUnprocessableEntity, "damaged", 0},
		{fspfm.ErrNoFace, http.StatusUnprocessableEntity, "no-face", 0},
		{fspfm.ErrManyFaces, http.StatusRequestEntityTooLarge, "too-many-faces", 0},
		{fspfm.ErrNoDetector, http.StatusUnprocessableEntity, "no-detector", 0},
		{sight.ErrNotKnown, http.StatusUnprocessableEntity, "no-detector", 0},
		{fspfm.ErrNoHead, http.StatusNotImplemented, "no-head", 0},
		{fspfm.ErrNoThreshold, http.StatusNotImplemented, "no-threshold", 0},
		{face.ErrNoPixels, http.StatusUnprocessableEntity, "no-face", 0},
		{face.ErrNoLandmarks, http.StatusUnprocessableEntity, "no-face", 0},
		{quality.ErrFace, http.StatusUnprocessableEntity, "no-face", 0},
		{sight.ErrSeveral, http.StatusUnprocessableEntity, "several-faces", 0},
		{gallery.ErrNoPerson, http.StatusNotFound, "no-person", 0},
		{gallery.ErrNoFace, http.StatusNotFound, "no-such-face", 0},
		{gallery.ErrConflict, http.StatusConflict, "conflict", time.Second},
		{gallery.ErrFull, http.StatusInsufficientStorage, "full", 0},
		{gallery.ErrClosed, http.StatusServiceUnavailable, "ending", 5 * time.Second},
		{gallery.ErrSample, http.StatusUnprocessableEntity, "sample", 0},
		{postgres.ErrText, http.StatusUnprocessableEntity, "text", 0},
		{people.ErrUnknown, http.StatusNotFound, "no-such-face", 0},
		{people.ErrContradiction, http.StatusConflict, "contradiction", 0},
		{people.ErrFace, http.StatusUnprocessableEntity, "group", 0},
		{groups.ErrNoGroup, http.StatusNotFound, "no-group", 0},
		{jobs.ErrFolder, http.StatusForbidden, "folder", 0},
		{jobs.ErrUnknown, http.StatusNotFound, "no-job", 0},
	}
}

// storeRetry is after what time to ask again when the database is away.
const storeRetry = 5 * time.Second

// problem makes an answer of an error. Details say more, such as what speaks against each
// face.
func (s *Service) problem(ctx context.Context, err error, details ...*huma.ErrorDetail) error {
	if err == nil {
		return nil
	}
	var done huma.StatusError
	var long *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &done):
		return err
	case errors.As(err, &long):
		return Problem(http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("more than %d bytes", long.Limit), 0, details...)
	}
	for _, k := range kinds() {
		if errors.Is(err, k.err) {
			return Problem(k.status, k.name, k.err.Error(), k.retry, details...)
		}
	}
	switch {
	case ctx.Err() != nil:
		return Problem(http.StatusServiceUnavailable, "gone", "who asked has gone", 0)
	case errors.Is(err, postgres.ErrLost), errors.As(err, &network):
		s.Log.WarnContext(ctx, "store", "error", err)
		return Problem(http.StatusServiceUnavailable, "store", "the people are out of reach at the moment", storeRetry, details...)
	}
	s.Log.ErrorContext(ctx, "failed", "error", err)
	return Problem(http.StatusInternalServerError, "internal", "something went wrong; the log of the server says what, by the request's ID", 0)
}

// Problem is an answer as RFC 9457 has it. Retry is after what time it is worth asking
// again, 0 for never.
func Problem(status int, name, detail string, retry time.Duration, details ...*huma.ErrorDetail) error {
	p := &huma.ErrorModel{Type: "urn:pifr:" + name, Title: http.StatusText(status), Status: status, Detail: detail, Errors: details}
	if retry <= 0 {
		return p
	}
	seconds := strconv.Itoa(max(1, int((retry+time.Second-1)/time.Second)))
	return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {seconds}})
}

// against says what speaks against a face, for an error.
func against(location string, f sight.Face) []*huma.ErrorDetail {
	var out []*huma.ErrorDetail
	for _, r := range f.Reasons() {
		out = append(out, &huma.ErrorDetail{Message: r, Location: location, Value: round(f.Quality.Score)})
	}
	if f.Doubt != "" {
		out = append(out, &huma.ErrorDetail{Message: string(f.Doubt), Location: location})
	}
	return out
}

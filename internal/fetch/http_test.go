package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// serve answers with a function that is told where the client wants to begin.
func serve(t *testing.T, answer func(rw http.ResponseWriter, from int)) Download {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		from := 0
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err != nil {
			from = 0
		}
		answer(rw, from)
	}))
	t.Cleanup(s.Close)
	return Download{Client: s.Client(), URL: s.URL + "/f", Size: int64(len(payload)), SHA256: sum(payload)}
}

var payload = bytes.Repeat([]byte("0123456789"), 1000)

func TestDownload(t *testing.T) {
	partial := func(rw http.ResponseWriter, from int, data []byte) {
		rw.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(payload)-1, len(payload)))
		rw.WriteHeader(http.StatusPartialContent)
		_, _ = rw.Write(data)
	}
	for _, test := range []struct {
		name   string
		before []byte // what an earlier download left
		answer func(rw http.ResponseWriter, from int)
		want   error
	}{
		{"whole", nil, func(rw http.ResponseWriter, _ int) { _, _ = rw.Write(payload) }, nil},
		{"chunked, of unknown length", nil, func(rw http.ResponseWriter, _ int) {
			rw.(http.Flusher).Flush()
			_, _ = rw.Write(payload)
		}, nil},
		{"rest", payload[:100], func(rw http.ResponseWriter, from int) { partial(rw, from, payload[from:]) }, nil},
		{"nothing left to do", payload, func(http.ResponseWriter, int) { panic("asked") }, nil},
		{"too much before", append(bytes.Clone(payload), 'x'), func(rw http.ResponseWriter, _ int) { _, _ = rw.Write(payload) }, nil},
		{"range refused", payload[:100], func(rw http.ResponseWriter, from int) {
			if from > 0 {
				rw.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			_, _ = rw.Write(payload)
		}, nil},
		{"another range", payload[:100], func(rw http.ResponseWriter, from int) {
			if from > 0 {
				partial(rw, 50, payload[50:])
				return
			}
			_, _ = rw.Write(payload)
		}, nil},
		{"endless", nil, func(rw http.ResponseWriter, _ int) {
			rw.(http.Flusher).Flush()
			for {
				if _, err := rw.Write(payload); err != nil {
					return
				}
			}
		}, ErrHash},
		{"breaks without a byte", nil, func(http.ResponseWriter, int) { panic(http.ErrAbortHandler) }, ErrDownload},
		{"always breaks", nil, func(rw http.ResponseWriter, from int) {
			rw.Header().Set("Content-Length", fmt.Sprint(len(payload)-from))
			if from > 0 {
				rw.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(payload)-1, len(payload)))
				rw.WriteHeader(http.StatusPartialContent)
			}
			_, _ = rw.Write(payload[from : from+10])
			rw.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, ErrDownload},
		{"error page", nil, func(rw http.ResponseWriter, _ int) { rw.WriteHeader(http.StatusServiceUnavailable) }, ErrDownload},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := serve(t, test.answer)
			part := filepath.Join(t.TempDir(), "part")
			if test.before != nil {
				require.NoError(t, os.WriteFile(part, test.before, 0o644))
			}
			err := d.Into(t.Context(), part, "f", io.Discard)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
				return
			}
			require.NoError(t, err)
			got, err := os.ReadFile(part)
			require.NoError(t, err)
			require.Equal(t, payload, got)
		})
	}
}

// TestTries bounds how often a server that always breaks off is asked; what it gave stays
// for the next call.
func TestTries(t *testing.T) {
	asked := 0
	d := serve(t, func(rw http.ResponseWriter, from int) {
		asked++
		if from > 0 {
			rw.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(payload)-1, len(payload)))
			rw.WriteHeader(http.StatusPartialContent)
		}
		rw.(http.Flusher).Flush()
		_, _ = rw.Write(payload[from : from+10])
		rw.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	part := filepath.Join(t.TempDir(), "part")
	require.ErrorIs(t, d.Into(t.Context(), part, "f", io.Discard), ErrDownload)
	require.Equal(t, maxTries, asked)
	require.EqualValues(t, 10*maxTries, length(part))
}

func TestUnreachable(t *testing.T) {
	begin := time.Now()
	d := Download{Client: NewClient(), URL: "http://host.invalid/f", Size: 1, SHA256: sum(nil)}
	err := d.Into(t.Context(), filepath.Join(t.TempDir(), "part"), "f", io.Discard)
	require.ErrorIs(t, err, ErrDownload)
	require.True(t, Unreachable(err))
	require.Less(t, time.Since(begin), 2*dialTimeout)
	require.True(t, Unreachable(&url.Error{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}))
	require.False(t, Unreachable(errors.New("404")))
}

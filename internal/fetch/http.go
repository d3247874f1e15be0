package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// How long a server may keep us waiting. Addresses that a firewall swallows must give way
// to the next source soon.
const (
	dialTimeout   = 5 * time.Second
	headerTimeout = 15 * time.Second
	stallTimeout  = 30 * time.Second
)

// maxTries bounds how often one download goes on after the connection broke.
const maxTries = 6

// errInterrupted means that the connection ended before the file did: what arrived is
// worth keeping.
var errInterrupted = errors.New("the connection ended early")

// NewClient returns an HTTP client that gives up soon on servers that do not answer. It
// honors the proxies of the environment.
func NewClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = dialTimeout
	t.ResponseHeaderTimeout = headerTimeout
	t.DisableCompression = true // a pinned length is one of plain bytes
	return &http.Client{Transport: t}
}

// Unreachable tells whether the error of a request means that there is no way to the
// host, so that other files of the same host need not be tried.
func Unreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.As(err, &dns) || errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// Download is a pinned file at an HTTP address.
type Download struct {
	Client *http.Client
	URL    string
	Size   int64
	SHA256 string
}

// Into fetches the file into part, and checks it. It goes on where an earlier download,
// broken off, has left part, and goes on again when the connection breaks, as long as
// bytes arrive. After an error, part holds what a later call can go on with, or is gone
// if it was wrong. Nobody else may use part meanwhile. The error wraps ErrDownload or
// ErrHash.
func (d Download) Into(ctx context.Context, part, label string, out io.Writer) error {
	for try := 1; ; try++ {
		before := length(part)
		resumed, err := d.try(ctx, part, label, out)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			if err = checkFile(part, d.Size, d.SHA256); err == nil {
				return nil
			}
			os.Remove(part)
			if !resumed || try == maxTries { // else the old beginning may be what was wrong
				return err
			}
			continue
		}
		if !errors.Is(err, errInterrupted) || length(part) <= before || try == maxTries {
			return err
		}
	}
}

// try asks once, and tells whether the file began with bytes of an earlier try.
func (d Download) try(ctx context.Context, part, label string, out io.Writer) (resumed bool, err error) {
	have := length(part)
	if have > d.Size {
		os.Remove(part)
		have = 0
	}
	if have == d.Size {
		return true, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := d.request(ctx, have)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK:
		have = 0
	case resp.StatusCode == http.StatusPartialContent && strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)):
	case have > 0: // a server that knows no ranges, or a file that has changed
		os.Remove(part)
		return d.try(ctx, part, label, out)
	default:
		return false, fmt.Errorf("%w: %s: the server answers %s", ErrDownload, d.URL, resp.Status)
	}
	if n := resp.ContentLength; n >= 0 && have+n != d.Size {
		return false, fmt.Errorf("%w: %s has %d bytes, want %d", ErrHash, d.URL, have+n, d.Size)
	}
	stall := time.AfterFunc(stallTimeout, cancel)
	defer stall.Stop()
	bar := newProgress(out, label, d.Size)
	err = d.save(&arrival{resp.Body, stall, bar, have}, part, have)
	bar.done(err == nil)
	return have > 0, err
}

func (d Download) request(ctx context.Context, have int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDownload, err)
	}
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := d.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDownload, err)
	}
	return resp, nil
}

// save writes what arrives behind the first have bytes of part.
func (d Download) save(from io.Reader, part string, have int64) error {
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(have); err != nil {
		return err
	}
	if _, err := f.Seek(have, io.SeekStart); err != nil {
		return err
	}
	// One byte more than wanted shows a file that is too long, without reading an endless
	// one.
	in := &readError{Reader: io.LimitReader(from, d.Size-have+1)}
	n, err := io.Copy(f, in)
	if err == nil || in.err != nil {
		err = f.Sync()
	}
	switch {
	case err != nil: // of the file system
		return err
	case have+n > d.Size:
		os.Remove(part)
		return fmt.Errorf("%w: %s has more than %d bytes", ErrHash, d.URL, d.Size)
	case have+n < d.Size:
		return fmt.Errorf("%w: %s: %w after %d of %d bytes", ErrDownload, d.URL, errInterrupted, have+n, d.Size)
	}
	return f.Close()
}

// arrival watches the bytes that come in.
type arrival struct {
	io.Reader
	stall *time.Timer
	bar   *progress
	n     int64
}

func (a *arrival) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if n > 0 {
		a.stall.Reset(stallTimeout)
		a.n += int64(n)
		a.bar.set(a.n)
	}
	return n, err
}

// readError remembers that reading failed, which io.Copy does not tell apart from failing
// to write.
type readError struct {
	io.Reader
	err error
}

func (r *readError) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// length is the length of a file, 0 if there is none.
func length(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dial opens a connection and writes to it.
func (s *serving) dial(text string) net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = c.Close() })
	_, err = io.WriteString(c, text)
	require.NoError(s.t, err)
	require.NoError(s.t, c.SetDeadline(time.Now().Add(20*time.Second)))
	return c
}

const postHead = "POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"

// TestSlow has clients who do not go on, or go on a byte at a time: their time is up soon,
// and others are answered meanwhile.
func TestSlow(t *testing.T) {
	s := start(t, "-header-timeout", "300ms", "-body-timeout", "500ms")
	begin := time.Now()
	header := s.dial("POST /v1/detect HTTP/1.1\r\nHost: loc")
	body := s.dial(postHead + "Content-Length: 100000\r\n\r\n0123456789")
	drip := s.dial(postHead + "Content-Length: 100000\r\n\r\n")
	var dripping sync.WaitGroup
	dripping.Go(func() {
		for range 400 {
			if _, err := drip.Write([]byte{0}); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	code, _, _ := s.ask("POST", "/v1/detect", "image/jpeg", s.photo("ann-1.jpg").Data)
	require.Equal(t, 200, code)
	for name, c := range map[string]net.Conn{"body": body, "drip": drip} {
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err, name)
		require.Equal(t, 408, answer.StatusCode, name)
	}
	_, err := io.ReadAll(header)
	require.NoError(t, err, "the server has not closed the connection")
	require.Less(t, time.Since(begin), 10*time.Second)
	dripping.Wait()
	require.Eventually(t, func() bool { return s.budget.Used() == 0 }, 5*time.Second, 10*time.Millisecond)
}

// TestCut cuts uploads at many places. Nothing stays behind, and nobody is enrolled.
func TestCut(t *testing.T) {
	s := start(t)
	photo := s.photo("ann-1.jpg").Data
	form := "--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a.jpg\"\r\n\r\n" + string(photo) + "\r\n--x--\r\n"
	head := "POST /v1/people HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: " + fmt.Sprint(len(form)) + "\r\n\r\n"
	for _, n := range []int{0, 1, 50, 100, len(form) / 2, len(form) - 9, len(form) - 1} {
		c := s.dial(head + form[:n])
		require.NoError(t, c.Close())
	}
	// One that says its whole length, and lacks the end of the form.
	code, _, problem := s.ask("POST", "/v1/people", "multipart/form-data; boundary=x", []byte(form[:len(form)-9]))
	require.Equal(t, 400, code)
	require.Equal(t, "urn:pifr:body", problem["type"])
	require.Eventually(t, func() bool { return s.budget.Used() == 0 }, 10*time.Second, 10*time.Millisecond)
	_, _, page := s.ask("GET", "/v1/people", "", nil)
	require.Empty(t, page["people"])
	// A photo that was cut on the way to the client: what is there of a JPEG counts.
	code, _, _ = s.ask("POST", "/v1/detect", "image/png", []byte("\x89PNG\r\n\x1a\n"))
	require.Contains(t, []int{415, 422}, code)
}

// png is the file of a picture that claims to have so many pixels.
func png(width, height uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(data)))
		all := append([]byte(kind), data...)
		b.Write(all)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(all))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	chunk("IHDR", append(header, 8, 2, 0, 0, 0))
	chunk("IDAT", []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1})
	chunk("IEND", nil)
	return b.Bytes()
}

// TestBombs sends what is small and wants to be large.
func TestBombs(t *testing.T) {
	s := start(t)
	gif := append([]byte("GIF89a"), 0xff, 0xff, 0xff, 0xff, 0, 0, 0, // and a picture as large
		0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 1, 0x4c, 0, 0x3b)
	for name, c := range map[string]struct {
		kind string
		data []byte
		want int
	}{
		"pixels":           {"image/png", png(60_000, 60_000), 413},
		"wide":             {"image/png", png(1<<30, 1), 413},
		"as many as there": {"image/png", png(5000, 5000), 422},
		"gif":              {"image/gif", gif, 413},
		"photo's bytes":    {"image/jpeg", make([]byte, defaultBytes+1), 413},
		"base64":           {"application/json", []byte(`{"photo":{"data":"` + strings.Repeat("AAAA", defaultBytes/3+2) + `"}}`), 413},
		"deep":             {"application/json", bytes.Repeat([]byte("["), 1<<20), 400},
		"text":             {"image/png", []byte("not a picture"), 415},
		"nothing":          {"image/png", nil, 422},
		"unknown field":    {"application/json", []byte(`{"photo":{"data":"AAAA","more":1}}`), 400},
		"other type":       {"text/plain", []byte("x"), 415},
		"no boundary":      {"multipart/form-data", []byte("x"), 400},
		"elsewhere":        {"application/json", []byte(`{"photo":{"url":"http://169.254.169.254/latest/meta-data/"}}`), 403},
	} {
		begin := time.Now()
		code, _, problem := s.ask("POST", "/v1/detect", c.kind, c.data)
		require.Equal(t, c.want, code, "%s: %v", name, problem)
		require.NotEmpty(t, problem["type"], name)
		require.Less(t, time.Since(begin), 10*time.Second, name)
	}
	whole := append(s.photo("ann-1.jpg").Data, 0) // another file, of which nobody knows where the face is
	code, _, problem := s.ask("POST", "/v1/detect", "image/jpeg", whole)
	require.Equal(t, []any{422, "urn:pifr:no-detector"}, []any{code, problem["type"]})
	code, _, problem = s.ask("POST", "/v1/detect", "image/jpeg", make([]byte, 65<<20))
	require.Equal(t, 413, code, "%v", problem)
	many := strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"a\"\r\n\r\nx\r\n", 17) + "--x--\r\n"
	code, _, problem = s.ask("POST", "/v1/people", "multipart/form-data; boundary=x", []byte(many))
	require.Equal(t, 413, code, "%v", problem)
	require.Zero(t, s.budget.Used())
}

// TestBusy asks for more than there is time for: what is not done is told so at once.
func TestBusy(t *testing.T) {
	s := start(t, "-workers", "1", "-queue", "2")
	s.grouped()
	photo := s.photo("ann-1.jpg").Data
	var done, refused, other atomic.Int64
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			r, err := http.NewRequest("POST", s.base+"/v1/detect", bytes.NewReader(photo))
			if err != nil {
				other.Add(1)
				return
			}
			r.Header.Set("Content-Type", "image/jpeg")
			answer, err := http.DefaultClient.Do(r)
			switch {
			case err != nil:
				other.Add(1)
			case answer.StatusCode == 200:
				done.Add(1)
			case answer.StatusCode == 503 && answer.Header.Get("Retry-After") != "":
				refused.Add(1)
			default:
				other.Add(1)
			}
			if err == nil {
				_ = answer.Body.Close()
			}
		})
	}
	all.Wait()
	require.Zero(t, other.Load())
	require.Positive(t, done.Load())
	require.Positive(t, refused.Load())
	t.Logf("%d done, %d refused", done.Load(), refused.Load())
}

// TestRate asks too often.
func TestRate(t *testing.T) {
	s := start(t, "-rate", "0.5", "-burst", "3")
	var codes []int
	for range 5 {
		code, header, _ := s.ask("GET", "/v1/about", "", nil)
		codes = append(codes, code)
		if code == 429 {
			require.Equal(t, "2", header.Get("Retry-After"))
		}
	}
	require.Equal(t, []int{200, 200, 200, 429, 429}, codes)
	code, _, _ := s.ask("GET", "/readyz", "", nil)
	require.Equal(t, 200, code)
}

// TestEnding tells a server to end while it is asked: who was accepted gets an answer.
func TestEnding(t *testing.T) {
	s := start(t, "-workers", "1")
	photo := s.photo("ann-1.jpg").Data
	var answered, none atomic.Int64
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
			answer, err := c.Post(s.base+"/v1/detect", "image/jpeg", bytes.NewReader(photo))
			if err != nil {
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					none.Add(1) // came too late
				}
				return
			}
			_, err = io.Copy(io.Discard, answer.Body)
			if err == nil && answer.StatusCode == 200 {
				answered.Add(1)
			}
			_ = answer.Body.Close()
		})
	}
	require.Eventually(t, func() bool { r, w := s.queue.Lengths(); return r+w >= 5 }, 10*time.Second, time.Millisecond)
	require.NoError(t, s.end())
	all.Wait()
	require.EqualValues(t, 30, answered.Load()+none.Load())
	require.GreaterOrEqual(t, answered.Load(), int64(5))
	_, err := os.Stat(s.data)
	require.ErrorIs(t, err, os.ErrNotExist, "the demonstration's folder is there")
}

// TestPaths looks for files that are none of the server's.
func TestPaths(t *testing.T) {
	s := start(t)
	s.grouped()
	for _, path := range []string{"/../../../etc/passwd", "/demo/photos/../people.db", "/demo/photos/..%2fpeople.db", "/demo/photos/%2e%2e/people.db",
		"/demo/photos/..%5cpeople.db", "/page/index.html", "/people.db", "/demo/photos/%00", "//etc/passwd"} {
		code, _, _ := s.ask("GET", path, "", nil)
		require.Contains(t, []int{301, 307, 400, 404}, code, path)
	}
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.jpg"), s.photo("ann-1.jpg").Data, 0o600))
	photos := filepath.Join(s.data, "photos")
	require.NoError(t, os.Symlink(outside, filepath.Join(photos, "link")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.jpg"), filepath.Join(photos, "link.jpg")))
	for _, folder := range []string{"/etc", "/", "..", ".", "", photos + "/..", photos + "/../..", filepath.Join(photos, "link"), photos + "x", photos + "\x00", filepath.Join(photos, "ann-1.jpg"),
		filepath.Join(photos, "none"), "file://" + photos} {
		code, _, problem := s.ask("POST", "/v1/jobs", "application/json", js(t, map[string]any{"folder": folder}))
		require.Contains(t, []int{403, 422}, code, "%q: %v", folder, problem)
	}
	code, _, job := s.ask("POST", "/v1/jobs", "application/json", js(t, map[string]any{"folder": photos + "/../photos/"}))
	require.Equal(t, 202, code, "a longer way to where it may go: %v", job)
	s.grouped()
	_, _, out := s.ask("GET", "/v1/jobs/"+job["id"].(string), "", nil)
	require.EqualValues(t, 30, out["photos"], "links were followed")
	for _, id := range []string{"..%2f..%2faudit.jsonl", "%2e%2e", "x%00", strings.Repeat("x", 3000)} {
		for _, path := range []string{"/v1/jobs/" + id, "/v1/groups/faces/" + id + "/picture", "/v1/people/" + id, "/v1/jobs/" + id + "/records"} {
			code, _, _ := s.ask("GET", path, "", nil)
			require.Contains(t, []int{400, 404, 422}, code, path)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/face"
)

// TestDemo does what a new user does first.
func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-demo", "-backend", "gonum"}, &out, t.Output()))
	text := out.String()
	require.Contains(t, text, "40 faces: 8 groups, 0 faces alone")
	require.Regexp(t, `group \d is Ann, with 5 faces`, text)
	require.Regexp(t, `new.png, face 0 at .*: Ann, by 0\.\d+ above the threshold\n(  .*/0_\d.png\n){5}`, text)
	require.Contains(t, text, "8 groups, 1 of them with names, 0 faces alone")
}

// session is a user with a folder of rendered photos.
type session struct {
	t     *testing.T
	o     *options
	out   *bytes.Buffer
	known map[string]face.Face
}

func (s *session) do(args ...string) (string, error) {
	s.out.Reset()
	_, c, err := parse(args, s.out, s.t.Output())
	if err != nil {
		return "", err
	}
	err = s.o.with(s.t.Context(), s.known, func(l *library) error { return c.run(l, context.Background(), args[1:]) })
	return s.out.String(), err
}

func (s *session) must(args ...string) string {
	text, err := s.do(args...)
	require.NoError(s.t, err, "%v", args)
	return text
}

// groupOf is the number of the group that a photo is listed with.
func (s *session) groupOf(photo string) string {
	var n int
	require.NoError(s.t, s.o.with(s.t.Context(), s.known, func(l *library) (err error) {
		n, err = l.groups.Of(faceID(photo, 0))
		return err
	}))
	return fmt.Sprint(n)
}

// TestLibrary names groups, adds photos, merges and splits: what the user said stays.
func TestLibrary(t *testing.T) {
	dir := t.TempDir()
	photos := filepath.Join(dir, "photos")
	s := &session{t: t, out: &bytes.Buffer{}, known: map[string]face.Face{}}
	var err error
	s.o, _, err = parse([]string{"-demo", "-backend", "gonum"}, s.out, t.Output())
	require.NoError(t, err)
	s.o.photos.Pack, s.o.data = "tiny", filepath.Join(dir, "data")
	require.NoError(t, os.MkdirAll(photos, 0o755))
	photo := func(p, k int) string { return filepath.Join(photos, fmt.Sprintf("%d_%d.png", p, k)) }
	render := func(p int, ks ...int) {
		for _, k := range ks {
			require.NoError(t, renderOne(s.known, photo(p, k), p, demoYaws[k], uint64(k)))
		}
	}
	render(0, 0, 1, 2)
	render(1, 0, 1, 2)
	render(2, 0, 1)
	require.NoError(t, os.WriteFile(filepath.Join(photos, "broken.png"), []byte("\x89PNG\r\n\x1a\nno more"), 0o600))
	_, err = s.do("index", photos)
	require.ErrorIs(t, err, errPhotos)
	ann, bea := s.groupOf(photo(0, 0)), s.groupOf(photo(1, 0))
	require.NotEqual(t, ann, bea)
	require.Contains(t, s.must("name", ann, "Ann", "Smith"), "is Ann Smith, with 3 faces")
	require.Contains(t, s.must("name", bea, "Bea"), "is Bea, with 3 faces")

	// New photos join the people that are there; the broken one is not tried again.
	require.NoError(t, os.Remove(filepath.Join(photos, "broken.png")))
	render(0, 3)
	_, err = s.do("index", photos)
	require.ErrorIs(t, err, errPhotos, "what failed stays known")
	require.Equal(t, ann, s.groupOf(photo(0, 3)))
	render(0, 4)
	text := s.must("find", photo(0, 4))
	require.Contains(t, text, "Ann Smith")
	require.Contains(t, text, "0_3.png")

	// Split and merge by hand.
	out := s.must("split", ann, faceID(photo(0, 1), 0))
	alone := regexp.MustCompile(`group (\d+) has 1 faces`).FindStringSubmatch(out)
	require.NotNil(t, alone, out)
	require.NotContains(t, s.must("find", photo(0, 4)), "0_1.png")
	_, err = s.do("same", alone[1], ann)
	require.ErrorContains(t, err, "people forget", "the user has said that they are two")
	require.Equal(t, ann, s.groupOf(photo(0, 0)))
	s.must("forget", faceID(photo(0, 1), 0))
	require.Contains(t, s.must("same", ann, alone[1]), "has 4 faces")
	require.Contains(t, s.must("find", photo(0, 4)), "0_1.png")
	s.must("split", ann, faceID(photo(0, 1), 0))

	list := s.must("groups")
	require.Regexp(t, ann+` +3 +Ann Smith`, list)
	page, err := os.ReadFile(filepath.Join(s.o.data, "groups.html"))
	require.NoError(t, err)
	require.Equal(t, 9, strings.Count(string(page), "data:image/jpeg;base64,"))
	require.Contains(t, string(page), "Ann Smith &middot; group "+ann)
	require.Contains(t, s.must("check"), "2 of them with names, ")

	for _, args := range [][]string{{"name", "x", "A"}, {"name", "99", "A"}, {"split", ann, "none"}, {"same", "99", ann}} {
		_, err := s.do(args...)
		require.ErrorIs(t, err, errUsage, "%v", args)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"index"}, {"who"}, {"-x"}, {"-min-score", "7", "groups"}} {
		require.ErrorIs(t, run(t.Context(), args, t.Output(), t.Output()), errUsage, "%v", args)
	}
	o, c, err := parse([]string{"-data", "x", "find", "-backend", "gonum", "photo.jpg"}, t.Output(), t.Output())
	require.NoError(t, err)
	require.Equal(t, "find", c.name)
	require.Equal(t, []string{"photo.jpg"}, o.args)
	require.Equal(t, "gonum", o.backend)
}

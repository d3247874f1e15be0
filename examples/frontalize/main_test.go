package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
	"github.com/pifr-go/pifr/fspfm/photos/records/parquet"
)

// folder makes a folder with a photo of two faces, one in a folder below, one without a
// face, one that is none, and a text.
func folder(t *testing.T) string {
	t.Helper()
	packtest.Pack(t, pack.Default)
	demo := packtest.Pack(t, "demo-photos")
	dir := t.TempDir()
	path, err := demo.File("person_a_1.jpg")
	require.NoError(t, err)
	one, err := face.ReadFile(path)
	require.NoError(t, err)
	w, h := one.Bounds().Dx(), one.Bounds().Dy()
	two := image.NewRGBA(image.Rect(0, 0, 2*w, h))
	for i := range 2 {
		draw.Draw(two, image.Rect(i*w, 0, (i+1)*w, h), one, one.Bounds().Min, draw.Src)
	}
	write(t, filepath.Join(dir, "a-two.JPG"), two)
	write(t, filepath.Join(dir, "b-blank.jpg"), image.NewGray(image.Rect(0, 0, 64, 64)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "c-broken.png"), []byte("no picture"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "d"), 0o755))
	write(t, filepath.Join(dir, "d", "one & only.jpg"), one)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600))
	return dir
}

func write(t *testing.T, path string, m image.Image) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}))
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
}

// command runs the program.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return commandWith(t, "", args...)
}

// commandWith runs it with a standard input.
func commandWith(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	err := run(t.Context(), append([]string{"-backend", "gonum"}, args...), strings.NewReader(stdin), &out, &errs)
	if err != nil {
		errs.WriteString(err.Error())
	}
	return out.String(), errs.String(), status(err)
}

func decode(t *testing.T, text string) (all []records.Record) {
	t.Helper()
	for l := range strings.Lines(text) {
		var one records.Record
		d := json.NewDecoder(strings.NewReader(l))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&one))
		all = append(all, one)
	}
	return all
}

func TestFolder(t *testing.T) {
	dir := folder(t)
	stdout, stderr, code := command(t, dir)
	require.Equal(t, 3, code, stderr)
	require.Contains(t, stderr, "b-blank.jpg: no face")
	require.Contains(t, stderr, "c-broken.png: ")
	require.Contains(t, stderr, "5 files: 3 photos (3 jpeg); 2 not a picture (1 empty, 1 text)\n")
	require.Contains(t, stderr, "3 photos: 3 faces in 2; 1 without a face, 0 failed; 0 of these done before\n")
	require.Contains(t, stderr, "0 photos failed, 1 files or folders were left out (1 not a picture)")
	all := decode(t, stdout)
	require.Len(t, all, 4)
	require.Equal(t, records.Record{File: photos.Name(filepath.Join(dir, "b-blank.jpg")), Made: all[0].Made}, all[2], "the photo without a face")
	all = append(all[:2:2], all[3])
	for i, l := range all {
		require.Equal(t, []int{0, 1, 0}[i], l.Face)
		require.Equal(t, []int{2, 2, 1}[i], l.Faces)
		require.Equal(t, "sface", l.Made.Pack)
		require.Greater(t, l.Box[2], 20.)
		require.Less(t, math.Abs(l.Pose.Yaw)+math.Abs(l.Pose.Roll), 180.)
		for _, v := range [][]float32{l.Feature, l.Frontalized} {
			require.Len(t, v, 128)
			squares := 0.0
			for _, x := range v {
				squares += float64(x) * float64(x)
			}
			require.InDelta(t, 1, squares, 1e-5)
		}
	}
	require.Equal(t, photos.Name(filepath.Join(dir, "d", "one & only.jpg")), all[2].File)
	require.Contains(t, stdout, "one & only", "not escaped")
	made := all[0].Made
	require.Len(t, made.Fingerprint, 64)
	for _, m := range []fspfm.MakerModel{made.Detector, made.Extractor, made.Landmarks, made.Pose, made.Head} {
		require.Len(t, m.SHA256, 64)
	}
	stdout, stderr, _ = command(t, "-crops", "one", "-max-pixels", "10", dir)
	all = decode(t, stdout)
	require.Len(t, all, 3, "all photos are too large")
	require.Equal(t, photos.TooLarge, all[0].Failed)
	require.Contains(t, stderr, "-max-pixels, -max-bytes and -memory raise the limits")
	require.Contains(t, stderr, "0 without a face, 3 failed (3 too large)")
	stdout, _, _ = command(t, "-embeddings=false", dir)
	for _, r := range decode(t, stdout) {
		require.Nil(t, r.Feature)
		require.Nil(t, r.Frontalized)
	}
}

// TestResume breaks the output at every interesting place: what a second run leaves is
// what one run would have written.
func TestResume(t *testing.T) {
	dir := folder(t)
	odd := filepath.Join(dir, "d", "caf\xe9 one.jpg")
	require.NoError(t, os.Rename(filepath.Join(dir, "d", "one & only.jpg"), odd))
	files := []string{odd, filepath.Join(dir, "a-two.JPG")}
	out := filepath.Join(t.TempDir(), "features.jsonl")
	_, stderr, code := command(t, append([]string{"-out", out}, files...)...)
	require.Zero(t, code, stderr)
	whole, err := os.ReadFile(out)
	require.NoError(t, err)
	first := bytes.IndexByte(whole, '\n') + 1
	second := first + bytes.IndexByte(whole[first:], '\n') + 1
	for name, c := range map[string]struct{ length, before int }{
		"everything": {len(whole), 2}, "in the last line": {len(whole) - 7, 1}, "between the faces of one": {second, 1}, "behind the first": {first, 1},
		"in the first key": {3, 0},
	} {
		require.NoError(t, os.WriteFile(out, whole[:c.length], 0o600))
		_, stderr, code := command(t, append([]string{"-out", out}, files...)...)
		require.Zero(t, code, stderr)
		require.Contains(t, stderr, "0 failed; "+string(rune('0'+c.before))+" of these done before", name)
		again, err := os.ReadFile(out)
		require.NoError(t, err)
		require.Equal(t, string(whole), string(again), name)
	}

	// What is left of a photo that is not among the next run's is removed all the same.
	require.NoError(t, os.WriteFile(out, whole[:len(whole)-7], 0o600))
	_, stderr, code = command(t, "-out", out, files[0])
	require.Zero(t, code, stderr)
	again, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, string(whole[:first]), string(again))

	for name, text := range map[string]string{
		"a text": "do not lose this", "another JSON": "{\"a\": 1}\n", "half a photo": string(whole[second:]) + string(whole[first:]), "other models": strings.ReplaceAll(string(whole), `"fingerprint":"`, `"fingerprint":"0`),
	} {
		require.NoError(t, os.WriteFile(out, []byte(text), 0o600))
		_, stderr, code := command(t, append([]string{"-out", out}, files...)...)
		require.Equal(t, 2, code, stderr)
		kept, err := os.ReadFile(out)
		require.NoError(t, err)
		require.Equal(t, text, string(kept), name)
	}
}

func TestExitStatus(t *testing.T) {
	packtest.Pack(t, pack.Default)
	dir, x := t.TempDir(), filepath.Join(t.TempDir(), "x.jpg")
	write(t, x, image.NewGray(image.Rect(0, 0, 4, 4)))
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":          {[]string{"-h"}, 0, "usage"},
		"nothing":       {nil, 2, "want a folder"},
		"unknown flag":  {[]string{"-x", dir}, 2, "-x"},
		"no photos":     {[]string{dir}, 3, "no photos"},
		"not there":     {[]string{filepath.Join(dir, "none.jpg")}, 3, "none.jpg"},
		"no pack":       {[]string{"-pack", "nope", x}, 4, "nope"},
		"no engine":     {[]string{"-backend", "abacus", x}, 4, "abacus"},
		"bad crops":     {[]string{"-crops", "most", x}, 2, "full-turned"},
		"little memory": {[]string{"-memory", "1", x}, 2, "-memory 1"},
		"no out":        {[]string{"-parquet", "y", x}, 2, "want -out"},
		"bad score":     {[]string{"-min-score", "7", x}, 2, "-min-score"},
		"no decision":   {[]string{"-decision", filepath.Join(dir, "none.json"), x}, 4, "none.json"},
		"no detector":   {[]string{"-pack", "tiny", x}, 2, "cannot find faces"},
		"out to where":  {[]string{"-out", filepath.Join(dir, "none", "x"), x}, 1, "x"},
	} {
		_, stderr, code := command(t, c.args...)
		require.Equal(t, c.code, code, "%s: %s", name, stderr)
		require.Contains(t, stderr, c.says, name)
	}
	require.Equal(t, 1, status(context.Canceled))
}

// TestResume_withoutFace: a photo without a face is not looked at again, and what a run
// that ends early has left is what a whole run leaves.
func TestResume_withoutFace(t *testing.T) {
	dir := folder(t)
	out := filepath.Join(t.TempDir(), "features.jsonl")
	_, stderr, code := command(t, "-out", out, dir)
	require.Equal(t, 3, code, stderr)
	whole, err := os.ReadFile(out)
	require.NoError(t, err)
	_, stderr, code = commandWith(t, dir+"\x00", "-out", out, "-list", "-")
	require.Equal(t, 3, code, stderr)
	require.Contains(t, stderr, "3 photos: 3 faces in 2; 1 without a face, 0 failed; 3 of these done before")
	require.NotContains(t, stderr, "no face")
	blank := bytes.Index(whole, []byte(`"faces":0`))
	require.NoError(t, os.WriteFile(out, whole[:blank], 0o600))
	_, stderr, _ = command(t, "-out", out, dir)
	require.Contains(t, stderr, "1 of these done before")
	again, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, string(whole), string(again))
}

// TestReduced: faces of a photo that is reduced have their places in the photo itself.
func TestReduced(t *testing.T) {
	one := filepath.Join(folder(t), "d", "one & only.jpg")
	stdout, stderr, code := command(t, one)
	require.Zero(t, code, stderr)
	want := decode(t, stdout)[0]
	photo, err := face.ReadFile(one)
	require.NoError(t, err)
	stdout, stderr, code = command(t, "-max-pixels", strconv.Itoa(photo.Bounds().Dx()*photo.Bounds().Dy()-1), one)
	require.Zero(t, code, stderr)
	require.Contains(t, stderr, "reduced to 1/2")
	got, near := decode(t, stdout)[0], want.Box[2]/10 // the face has 36 pixels then, half as many
	for i, v := range want.Box {
		require.InDelta(t, v, got.Box[i], near)
	}
	for i, l := range want.Landmarks {
		require.InDelta(t, l[0], got.Landmarks[i][0], near)
		require.InDelta(t, l[1], got.Landmarks[i][1], near)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.png", "a", ".c.jpg"} {
		write(t, filepath.Join(dir, name), image.NewGray(image.Rect(0, 0, 4, 4)))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "d.txt"), []byte("text"), 0o600))
	var said strings.Builder
	o := options{args: []string{dir, filepath.Join(dir, "b.png"), filepath.Join(dir, "none.jpg")}, list: "-"}
	got, err := o.find(t.Context(), strings.NewReader(filepath.Join(dir, ".c.jpg")+"\n"), &said)
	require.NoError(t, err)
	for i := range got.files {
		got.files[i] = filepath.Base(got.files[i])
	}
	require.Equal(t, finding{files: []string{"a", "b.png", ".c.jpg"}, wrong: map[photos.Reason]int{photos.Missing: 1}}, got)
	require.Contains(t, said.String(), "none.jpg: ")
	require.NotContains(t, said.String(), "d.txt: ", "nobody is surprised by a text")
	require.Contains(t, said.String(), "6 files: 3 photos (3 jpeg); 1 hidden, 1 not a picture (1 text), 1 not there\n")
}

// TestAgain: a photo that failed is remembered, and tried again where that is asked for.
func TestAgain(t *testing.T) {
	dir := folder(t)
	one := filepath.Join(dir, "d", "one & only.jpg")
	out := filepath.Join(t.TempDir(), "features.jsonl")
	args := []string{"-out", out, one, filepath.Join(dir, "b-blank.jpg")}
	_, stderr, code := command(t, append([]string{"-max-bytes", "1000"}, args...)...)
	require.Equal(t, 3, code, stderr)
	require.Contains(t, stderr, "0 faces in 0; 1 without a face, 1 failed (1 too large); 0 of these done before")
	_, stderr, code = command(t, args...)
	require.Equal(t, 3, code, "it has failed before")
	require.Contains(t, stderr, "1 failed (1 too large); 2 of these done before")
	_, stderr, code = command(t, append([]string{"-again"}, args...)...)
	require.Zero(t, code, stderr)
	require.Contains(t, stderr, "1 faces in 1; 1 without a face, 0 failed; 1 of these done before")
}

// TestOtherMaker: the output of other settings is refused, and both are named.
func TestOtherMaker(t *testing.T) {
	one := filepath.Join(folder(t), "d", "one & only.jpg")
	out := filepath.Join(t.TempDir(), "features.jsonl")
	_, stderr, code := command(t, "-out", out, one)
	require.Zero(t, code, stderr)
	_, stderr, code = command(t, "-out", out, "-crops", "full", "-min-score", "0.8", "-detector-landmarks", one)
	require.Equal(t, 2, code, stderr)
	require.Regexp(t, `landmarks [0-9a-f]{12} .*and none; settings \(crops full-turned .*\) and \(crops full .*min score 0.8\)`, stderr)
}

// TestParquet: the table has what the lines have.
func TestParquet(t *testing.T) {
	dir := folder(t)
	out := filepath.Join(t.TempDir(), "features")
	_, stderr, code := command(t, "-out", out+".jsonl", "-parquet", out+".parquet", dir)
	require.Equal(t, 3, code, stderr)
	text, err := os.ReadFile(out + ".jsonl")
	require.NoError(t, err)
	table, err := os.ReadFile(out + ".parquet")
	require.NoError(t, err)
	var got []records.Record
	for r, err := range parquet.Read(bytes.NewReader(table), int64(len(table))) {
		require.NoError(t, err)
		got = append(got, r)
	}
	require.Equal(t, decode(t, string(text)), got)
}

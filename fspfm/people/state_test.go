package people

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// again saves and reads a library.
func again(t testing.TB, l *Library) *Library {
	t.Helper()
	var data bytes.Buffer
	require.NoError(t, l.Save(&data))
	out, err := Read(&data, Options{Decision: thresholds()})
	require.NoError(t, err)
	return out
}

// TestSave holds that a library that was read goes on as the one that was saved.
func TestSave(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 11))
	faces, _ := album(rng, 6, 8, 0.9)
	l := library(t)
	add(t, l, faces[:30]...)
	require.NoError(t, l.Different(t.Context(), faces[0].ID, faces[20].ID))
	require.NoError(t, l.Same(t.Context(), faces[1].ID, faces[21].ID))
	read := again(t, l)
	add(t, l, faces[30:]...)
	add(t, read, faces[30:]...)
	want, alone := l.Groups()
	got, lonely := read.Groups()
	require.Equal(t, want, got)
	require.Equal(t, alone, lonely)
	require.ErrorIs(t, read.Same(t.Context(), faces[0].ID, faces[20].ID), ErrContradiction)
}

// good is a small state; "AACAPwAAAAA=" is the feature (1, 0).
const good = `{"version":1,"next":2,"answers":1,"faces":[
	{"id":"a","photo":"p","yaw":3,"quality":1,"group":1,"sure":1,"sides":[1],"feature":"AACAPwAAAAA="},
	{"id":"b","photo":"q","yaw":-30,"quality":0.5,"group":1,"sure":1,"feature":"AACAPwAAAAA="},
	{"id":"c","yaw":0,"quality":0.5,"sides":[-1],"feature":"AAAAAAAAgD8="}]}`

func TestRead_errors(t *testing.T) {
	o := Options{Decision: thresholds()}
	_, err := Read(strings.NewReader(good), o)
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"version": {`"version":1`, `"version":2`}, "next": {`"next":2`, `"next":1`}, "no next": {`"next":2`, `"next":0`}, "answers": {`"answers":1`, `"answers":0`},
		"twice": {`"id":"c"`, `"id":"a"`}, "length": {"AAAAAAAAgD8=", "AACAPw=="}, "bytes": {"AAAAAAAAgD8=", "AACA"}, "base64": {"AAAAAAAAgD8=", "*"},
		"unit": {"AAAAAAAAgD8=", "AAAAAAAAAAA="}, "sides": {`"sides":[-1]`, `"sides":[-1,-1]`}, "side 0": {`"sides":[-1]`, `"sides":[0]`},
		"least side": {`"sides":[-1]`, `"sides":[-2147483648]`}, "group": {`"quality":0.5,"sides"`, `"quality":0.5,"group":1,"sides"`},
		"sure in two": {`"group":1,"sure":1,"feature"`, `"group":0,"sure":1,"feature"`}, "itself": {`"sides":[-1]`, `"sides":[-1,1]`}, "cut": {`]}`, ``},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		require.NotEqual(t, good, text, name)
		_, err := Read(strings.NewReader(text), o)
		require.ErrorIs(t, err, ErrState, name)
	}
	_, err = Read(strings.NewReader(good), Options{})
	require.ErrorIs(t, err, ErrOptions)
}

// FuzzRead holds that whatever can be read can be worked with, and is the same when it was
// saved and read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(`{"version":1,"next":1,"faces":[]}`))
	f.Add([]byte(strings.Replace(good, `"sure":1`, `"sure":7`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Read(bytes.NewReader(data), Options{Decision: thresholds()})
		if err != nil {
			return
		}
		other := again(t, l)
		want, alone := l.Groups()
		got, lonely := other.Groups()
		require.Equal(t, want, got)
		require.Equal(t, alone, lonely)
		if l.Len() < 50 {
			require.NoError(t, l.Regroup(t.Context()))
			require.NoError(t, l.consistent())
		}
	})
}

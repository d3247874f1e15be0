package groups

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/people"
)

const seed = 42

func options() people.Options {
	return people.Options{Decision: decision.Decision{TurnedDeg: 20}.Everywhere(0.5)}
}

// faces are some of each of several people, far from each other.
func faces(many, each int) (all []Face) {
	r := rand.New(rand.NewPCG(seed, 1))
	for p := range many {
		for k := range each {
			f, sum := make([]float32, 32), 0.0
			f[p] = 1
			for i := range f {
				f[i] += float32(r.NormFloat64() * 0.02)
				sum += float64(f[i]) * float64(f[i])
			}
			for i := range f {
				f[i] /= float32(math.Sqrt(sum))
			}
			all = append(all, Face{ID: fmt.Sprintf("%d-%d", p, k), File: fmt.Sprintf("%d-%d.jpg", p, k), Quality: 0.9, Feature: f})
		}
	}
	return all
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, "models", options())
	require.NoError(t, err)
	return s
}

// state is what a library shows.
func stateOf(s *Store) string {
	groups, alone := s.All()
	out := ""
	for _, g := range groups {
		out += fmt.Sprint(g.ID, g.Sure, ":")
		for _, f := range g.Faces {
			out += " " + f.ID
		}
		out += "\n"
	}
	return out + fmt.Sprint(len(alone))
}

// TestKilled takes steps and opens the folder as it is after each, as if the server had
// been killed there: it shows the same.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	all := faces(4, 5)
	for i, step := range []Step{
		{Do: Add, Faces: all[:12]}, {Do: Split, IDs: []string{"0-0", "0-1"}}, {Do: Add, Faces: all}, {Do: Different, IDs: []string{"1-0", "1-1"}},
		{Do: Forget, IDs: []string{"0-0", "0-1"}}, {Do: Same, IDs: []string{"0-0", "0-4"}}, {Do: Regroup}, {Do: Remove, IDs: []string{"3-0"}},
		{Do: Same, IDs: []string{"2-0", "3-1"}},
	} {
		require.NoError(t, s.Do(step), i)
		killed := filepath.Join(t.TempDir(), "killed")
		require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))
		for range 2 { // and once more after a restart
			again := open(t, killed)
			require.Equal(t, stateOf(s), stateOf(again), i)
			require.NoError(t, again.Close())
		}
	}
	// A step that fails fails again, and nothing else.
	require.ErrorIs(t, s.Do(Step{Do: Different, IDs: []string{"2-0", "3-1"}}), people.ErrContradiction)
	require.ErrorIs(t, s.Do(Step{Do: Same, IDs: []string{"none", "0-0"}}), people.ErrUnknown)
	want := stateOf(s)
	require.NoError(t, s.Close())
	s = open(t, dir)
	require.Equal(t, want, stateOf(s))
	require.NoError(t, s.Close())
}

// TestPurge removes a face: its feature is in no file, and the rest is.
func TestPurge(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	all := faces(2, 3)
	require.NoError(t, s.Do(Step{Do: Add, Faces: all}))
	holds := func(f Face) bool {
		text := fmt.Sprint(f.Feature[0])
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			require.NoError(t, err)
			if strings.Contains(string(data), text) {
				return true
			}
		}
		return false
	}
	require.True(t, holds(all[0]) && holds(all[5]))
	require.NoError(t, s.Do(Step{Do: Remove, IDs: []string{all[0].ID}}))
	require.NoError(t, s.Purge())
	require.False(t, holds(all[0]))
	require.True(t, holds(all[5]))
	_, err := s.Face(all[0].ID)
	require.ErrorIs(t, err, people.ErrUnknown)
	_, err = s.Group(99)
	require.ErrorIs(t, err, ErrNoGroup)
	require.NoError(t, s.Close())
	_, err = Open(t.Context(), dir, "other models", options())
	require.ErrorIs(t, err, ErrModels)
}

package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
	"github.com/pifr-go/pifr/internal/longtest"
)

const (
	seed = 42

	// enrollFlag makes this program one that enrolls people until it is killed.
	enrollFlag = "-enroll-until-killed"

	facesOfEach = 3
)

// enrollUntilKilled enrolls one person after the other with three faces, and prints the ID
// of each when it has been answered for.
func enrollUntilKilled(url, prefix string) error {
	ctx := context.Background()
	s, err := postgres.Open(ctx, url, models, postgres.Options{})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		who := fmt.Sprint(prefix, i)
		err := s.Update(ctx, func(tx gallery.Tx) error {
			if err := tx.PutPerson(ctx, gallery.Person{ID: who}); err != nil {
				return err
			}
			for k := range facesOfEach {
				f := gallery.Face{ID: fmt.Sprint(who, " ", k), Person: who, Feature: []float32{1, 0, 0}}
				if err := tx.PutFace(ctx, f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Println(who)
	}
}

// TestKilled kills a program at random moments while it enrolls people: who was answered
// for is there, and everybody there is whole.
func TestKilled(t *testing.T) {
	times := 5
	if longtest.Wanted() {
		times = 50
	}
	url, r := shared.URL(t), rand.New(rand.NewPCG(seed, 0))
	s := open(t, url, postgres.Options{})
	answered := map[string]bool{}
	for n := range times {
		cmd := exec.Command(os.Args[0], enrollFlag, url, fmt.Sprintf("%d.", n))
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		require.True(t, lines.Scan(), "it enrolls nobody")
		answered[lines.Text()] = true
		kill := time.AfterFunc(time.Duration(r.IntN(100_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			answered[lines.Text()] = true // a line is written at once, and so is whole
		}
		require.Error(t, cmd.Wait(), "killed")
		kill.Stop()
	}
	requireWhole(t, s, answered)
}

// requireWhole checks that everybody has all faces, and that some are there.
func requireWhole(t *testing.T, s gallery.Store, wanted map[string]bool) {
	t.Helper()
	ctx, found := t.Context(), 0
	require.NoError(t, s.View(ctx, func(tx gallery.Tx) error {
		people, err := tx.People(ctx, "", 1_000_000)
		require.NoError(t, err)
		for _, p := range people {
			faces, err := tx.Faces(ctx, p.ID)
			require.NoError(t, err)
			require.Len(t, faces, facesOfEach, p.ID)
			if wanted[p.ID] {
				found++
			}
		}
		return nil
	}))
	require.Equal(t, len(wanted), found)
	people, faces, err := s.Count(ctx)
	require.NoError(t, err)
	require.Equal(t, facesOfEach*people, faces)
	t.Logf("seed %d: %d people were answered for, %d are there", seed, len(wanted), people)
}

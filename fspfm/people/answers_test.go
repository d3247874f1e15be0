package people

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAnswers_property answers at random, adds photos, removes faces, regroups, saves and
// reads, and holds after each step that all that the user has said is kept, that answers
// are refused if and only if they contradict, and that no photo has a person twice.
func TestAnswers_property(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(42, seed))
		faces, _ := album(rng, 5, 9, 1.1)
		m := &model{t: t, l: library(t), rng: rng, faces: faces, photo: map[string]string{}}
		for range 40 {
			m.step()
			m.holds()
		}
	}
}

// model is what a library is held to: pairs that were said to be one person, and pairs
// that were said to be two.
type model struct {
	t     *testing.T
	l     *Library
	rng   *rand.Rand
	faces []Face // yet to come
	ids   []string
	photo map[string]string
	yes   [][2]string
	no    [][2]string
}

func (m *model) step() {
	ctx, draw := m.t.Context(), m.rng.IntN(20)
	switch {
	case len(m.ids) < 2 || draw < 5 && len(m.faces) > 0:
		n := min(len(m.faces), 1+m.rng.IntN(6))
		add(m.t, m.l, m.faces[:n]...)
		for _, f := range m.faces[:n] {
			m.ids, m.photo[f.ID] = append(m.ids, f.ID), f.Photo
		}
		m.faces = m.faces[n:]
	case draw < 10:
		a, b := m.two()
		m.answered(m.l.Same(ctx, a, b), m.forbidden(a, b), func() { m.yes = append(m.yes, [2]string{a, b}) })
	case draw < 14:
		a, b := m.two()
		m.answered(m.l.Different(ctx, a, b), m.sure(a)[b], func() { m.no = append(m.no, [2]string{a, b}) })
	case draw < 17:
		m.split()
	case draw == 17:
		require.NoError(m.t, m.l.Regroup(ctx))
	case draw == 18:
		m.forget()
	default:
		m.l = again(m.t, m.l)
	}
}

func (m *model) answered(err error, contradicts bool, take func()) {
	if contradicts {
		require.ErrorIs(m.t, err, ErrContradiction)
		return
	}
	require.NoError(m.t, err)
	take()
}

// split takes one face out of a group.
func (m *model) split() {
	groups, _ := m.l.Groups()
	if len(groups) == 0 {
		return
	}
	g := groups[m.rng.IntN(len(groups))]
	out := g.Faces[m.rng.IntN(len(g.Faces))]
	err := m.l.Split(m.t.Context(), out)
	contradicts := false
	for _, id := range g.Faces {
		contradicts = contradicts || id != out && m.sure(out)[id]
	}
	m.answered(err, contradicts, func() {
		of := partition(m.l)
		for _, id := range g.Faces {
			if id != out {
				m.no = append(m.no, [2]string{out, id})
				require.Equal(m.t, of[g.Faces[0]] == of[out], g.Faces[0] == out, "the others stay together")
			}
		}
	})
}

// forget takes back what was said of a face. What followed from it of others stays.
func (m *model) forget() {
	id, _ := m.two()
	rest := m.sure(id)
	require.NoError(m.t, m.l.Forget(id))
	delete(rest, id)
	var yes, no [][2]string
	for _, p := range m.yes {
		if p[0] != id && p[1] != id {
			yes = append(yes, p)
		}
	}
	last := ""
	for other := range rest {
		if last != "" {
			yes = append(yes, [2]string{last, other})
		}
		last = other
	}
	for _, p := range m.no {
		for k := range p {
			if p[k] == id && last != "" {
				p[k] = last
			}
		}
		if p[0] != id && p[1] != id {
			no = append(no, p)
		}
	}
	m.yes, m.no = yes, no
}

func (m *model) two() (a, b string) {
	i := m.rng.IntN(len(m.ids))
	k := (i + 1 + m.rng.IntN(len(m.ids)-1)) % len(m.ids)
	return m.ids[i], m.ids[k]
}

// sure are the faces that were said to be one person with it, by whatever way.
func (m *model) sure(id string) map[string]bool {
	out := map[string]bool{id: true}
	for grown := true; grown; {
		grown = false
		for _, p := range m.yes {
			if out[p[0]] != out[p[1]] {
				out[p[0]], out[p[1]], grown = true, true, true
			}
		}
	}
	return out
}

// forbidden says whether two faces were said to be two people.
func (m *model) forbidden(a, b string) bool {
	one, other := m.sure(a), m.sure(b)
	for _, p := range m.no {
		if one[p[0]] && other[p[1]] || one[p[1]] && other[p[0]] {
			return true
		}
	}
	return false
}

func (m *model) holds() {
	of := partition(m.l)
	for _, p := range m.yes {
		require.Equal(m.t, of[p[0]], of[p[1]], "%v were said to be one", p)
	}
	for _, p := range m.no {
		require.NotEqual(m.t, of[p[0]], of[p[1]], "%v were said to be two", p)
	}
	require.NoError(m.t, m.l.consistent())
	seen := map[string]string{}
	for _, id := range m.ids {
		key := of[id] + " in " + m.photo[id]
		if other, there := seen[key]; there && len(m.sure(id)) == 1 && len(m.sure(other)) == 1 && !m.released(id, other) {
			require.Fail(m.t, "two faces of one photo", "%s and %s", id, other)
		}
		seen[key] = id
	}
}

// released says whether two faces came together by an answer that was taken back.
func (m *model) released(a, b string) bool {
	for _, id := range []string{a, b} {
		at, err := m.l.places([]string{id})
		require.NoError(m.t, err)
		if m.l.faces[at[0]].sure == 0 {
			return true
		}
	}
	return false
}

// TestSame_keepsGroups holds that a yes brings whole groups together where nothing speaks
// against it, whatever their features say.
func TestSame_keepsGroups(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 9))
	p := crowd(rng, 2)
	l := library(t)
	for i := range 4 {
		add(t, l, p[0].face(rng, fmt.Sprint("a", i), "", 0, 0.2), p[1].face(rng, fmt.Sprint("b", i), "", 0, 0.2))
	}
	require.NoError(t, l.Same(t.Context(), "a0", "b0"))
	groups, _ := l.Groups()
	require.Len(t, groups, 1)
	require.Len(t, groups[0].Faces, 8)
	require.False(t, groups[0].Sure, "the user has said it of two")
	require.NoError(t, l.Same(t.Context(), groups[0].Faces...))
	groups, _ = l.Groups()
	require.True(t, groups[0].Sure)
}

func TestSplit_errors(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 10))
	p := crowd(rng, 2)
	l := library(t)
	for i := range 3 {
		add(t, l, p[0].face(rng, fmt.Sprint("a", i), "", 0, 0.2), p[1].face(rng, fmt.Sprint("b", i), "", 0, 0.2))
	}
	ctx := t.Context()
	require.ErrorIs(t, l.Split(ctx, "a0", "b0"), ErrFace, "two groups")
	require.ErrorIs(t, l.Split(ctx, "x"), ErrUnknown)
	require.NoError(t, l.Split(ctx, "a0", "a1", "a2"), "there are no others")
	require.NoError(t, l.Split(ctx))
	require.NoError(t, l.Same(ctx, "a0"))
	before := partition(l)
	require.NoError(t, l.Same(ctx, "a0", "a1"))
	err := l.Split(ctx, "a0")
	require.ErrorIs(t, err, ErrContradiction)
	require.Equal(t, before, partition(l))
	require.ErrorIs(t, l.Different(ctx, "a0", "a0"), ErrContradiction)
	require.True(t, errors.Is(l.Different(ctx, "a0", "x"), ErrUnknown) && errors.Is(l.Same(ctx, "x", "a0"), ErrUnknown) && errors.Is(l.Forget("x"), ErrUnknown))
	require.NoError(t, l.Forget("a0"))
	require.NoError(t, l.Split(ctx, "a0"))
	require.NotEqual(t, partition(l)["a0"], partition(l)["a1"])
}

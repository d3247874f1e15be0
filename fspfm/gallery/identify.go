package gallery

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/fspfm/decision"
)

// Candidate is somebody whom a face may show.
type Candidate struct {
	Person Person
	// Margin is by how much the person's faces are beyond the threshold, by Options.Rule;
	// Match is true from 0 on.
	Margin float64
	Match  bool
	// Comparisons are those with the person's faces, the highest margin first.
	Comparisons []Comparison
}

// Identification is the answer to who somebody is.
type Identification struct {
	Candidates []Candidate // the highest margin first
	People     int         // who were searched
	Faces      int         // and how many faces they have
	FPIR       float64     // what the thresholds were chosen for
	// Measured is false if a threshold lies beyond the false-match rates of the decision,
	// and was carried on from there.
	Measured bool
}

// Known says whether the first candidate's faces are beyond the threshold.
func (i Identification) Known() bool { return len(i.Candidates) > 0 && i.Candidates[0].Match }

// neighborsOf is how many of the nearest faces stand for one candidate: the highest margin
// need not have the highest cosine, and a person has several faces.
const neighborsOf = 10

// Identify says whom a face shows, with the k likeliest people. An empty gallery has no
// candidates. The error wraps ErrSample or is the store's.
func (g *Gallery) Identify(ctx context.Context, s Sample, k int) (Identification, error) {
	all, err := g.IdentifyAll(ctx, []Sample{s}, k)
	if err != nil {
		return Identification{}, err
	}
	return all[0], nil
}

// IdentifyAll is Identify for several faces, which takes less time than one by one. Each
// answer stands for itself: two faces may be the same person's.
func (g *Gallery) IdentifyAll(ctx context.Context, samples []Sample, k int) ([]Identification, error) {
	if k <= 0 {
		return nil, fmt.Errorf("gallery: identify: %d candidates", k)
	}
	features := make([][]float32, len(samples))
	for i, s := range samples {
		if err := g.store.Models().check(s.Feature); err != nil {
			return nil, fmt.Errorf("gallery: identify: face %d: %w", i, err)
		}
		features[i] = s.Feature
	}
	people, enrolled, err := g.store.Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("gallery: identify: %w", err)
	}
	near, err := g.store.Nearest(ctx, features, max(50, neighborsOf*k))
	if err != nil {
		return nil, fmt.Errorf("gallery: identify: %w", err)
	}
	out := make([]Identification, len(samples))
	err = g.store.View(ctx, func(tx Tx) error {
		for i, s := range samples {
			if out[i], err = g.identify(ctx, tx, s, near[i], people, enrolled, k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("gallery: identify: %w", err)
	}
	return out, nil
}

// identify looks closer at the people to whom near faces belong.
func (g *Gallery) identify(ctx context.Context, tx Tx, s Sample, near []Neighbor, enrolled, faces, k int) (Identification, error) {
	out := Identification{People: enrolled, Faces: faces, FPIR: g.options.FPIR, Measured: true}
	people := map[string][]Face{}
	var ids []string
	for _, n := range near {
		if _, ok := people[n.Person]; !ok {
			people[n.Person], ids = nil, append(ids, n.Person)
		}
	}
	all, err := tx.Faces(ctx, ids...)
	if err != nil {
		return out, err
	}
	for _, f := range all {
		people[f.Person] = append(people[f.Person], f)
	}
	for _, id := range ids {
		if len(people[id]) == 0 {
			continue // removed since
		}
		c, measured := g.candidate(s, Person{ID: id}, people[id], g.fmr(enrolled, faces))
		out.Measured = out.Measured && measured
		out.Candidates = append(out.Candidates, c)
	}
	slices.SortStableFunc(out.Candidates, func(a, b Candidate) int { return cmp.Compare(b.Margin, a.Margin) })
	out.Candidates = out.Candidates[:min(k, len(out.Candidates))]
	for i := range out.Candidates {
		if out.Candidates[i].Person, err = tx.Person(ctx, out.Candidates[i].Person.ID); err != nil {
			return out, err
		}
	}
	return out, nil
}

// fmr is the false-match rate that the thresholds of a search keep. A search among few is
// not laxer than a comparison of two.
func (g *Gallery) fmr(people, faces int) float64 {
	fmr := g.options.FPIR / float64(g.options.Rule.Chances(people, faces))
	for _, t := range []decision.Threshold{g.options.Decision.Frontal, g.options.Decision.Mixed, g.options.Decision.Turned} {
		if t.FMR > 0 {
			fmr = min(fmr, t.FMR)
		}
	}
	return fmr
}

// Verify says whether a face shows a certain person: a comparison with that person alone,
// at the false-match rate of the decision's own thresholds. The error wraps ErrNoPerson
// or ErrSample.
func (g *Gallery) Verify(ctx context.Context, person string, s Sample) (c Candidate, err error) {
	if err := g.store.Models().check(s.Feature); err != nil {
		return Candidate{}, fmt.Errorf("gallery: verify: %w", err)
	}
	var faces []Face
	err = g.store.View(ctx, func(tx Tx) error {
		if c.Person, err = tx.Person(ctx, person); err != nil {
			return err
		}
		faces, err = tx.Faces(ctx, person)
		return err
	})
	if err != nil {
		return Candidate{}, fmt.Errorf("gallery: verify: %w", err)
	}
	c, _ = g.candidate(s, c.Person, faces, 0)
	return c, nil
}

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/people"
	"github.com/pifr-go/pifr/pose"
)

// groupFaces are the faces of a library, and who they are.
type groupFaces struct {
	name     string
	faces    []people.Face
	people   []int
	decision decision.Decision
}

// groupSets are all faces, and those of the first and of the second half of the people,
// each of which is grouped by itself.
var groupSets = []string{"all", "0", "1"}

// of are the faces of a set.
func (g *groupFaces) of(set string) (faces []people.Face, who []int) {
	for i, f := range g.faces {
		if set == "all" || set == fmt.Sprint(g.part(i)) {
			faces, who = append(faces, f), append(who, g.people[i])
		}
	}
	return faces, who
}

// part is the half that a face's person is in.
func (g *groupFaces) part(i int) int {
	if 2*g.people[i] <= slices.Max(g.people) {
		return 0
	}
	return 1
}

// grouping is how a method at a setting grouped a set, as the peers' script writes it.
type grouping struct {
	Method  string  `json:"method"`
	Setting string  `json:"setting"`
	Set     string  `json:"set"`
	Seconds float64 `json:"seconds"`
	Groups  []int   `json:"groups"`
}

// evaluateGroups groups the faces of a library, and says how well.
func (o *options) evaluateGroups(ctx context.Context) error {
	g, err := o.groupFaces(ctx)
	if err != nil {
		return err
	}
	path := o.featuresOut
	if path == "" && o.python != "" {
		dir, err := os.MkdirTemp("", "groups")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		path = filepath.Join(dir, "features.jsonl")
	}
	if path != "" {
		if err := writeFeatures(path, g); err != nil {
			return err
		}
	}
	var all []grouping
	for _, set := range groupSets {
		faces, _ := g.of(set)
		near := &remembered{}
		for _, s := range ourSettings(len(g.faces)) {
			made, err := ourGroups(ctx, faces, g.decision, s, near)
			if err != nil {
				return err
			}
			made.Set = set
			all = append(all, made)
		}
	}
	if n := len(g.faces); o.python != "" && n > peerFaces {
		fmt.Fprintf(o.stderr, "-peers: scikit-learn keeps all distances twice, of %d faces %d GB: left out\n", n, n*n*16>>30)
	} else if o.python != "" {
		peers, err := o.peerGroups(ctx, path)
		if err != nil {
			return err
		}
		all = append(all, peers...)
	}
	return o.printGroups(ctx, g, all)
}

// groupFaces opens the photos or the rendered library.
func (o *options) groupFaces(ctx context.Context) (*groupFaces, error) {
	if o.operand == "rendered" {
		return o.renderedFaces(ctx)
	}
	set, models, found, done, err := o.measured(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	photos, err := o.assess(ctx, set, found)
	if err != nil {
		return nil, err
	}
	g := &groupFaces{name: set.name + ", people " + set.people, decision: models.Shipped.Decision()}
	for i, f := range found {
		if f.Boxes == 0 {
			continue
		}
		p := set.Photos[i]
		g.faces = append(g.faces, people.Face{ID: p.Path, Photo: p.Path, Feature: f.Result.Feature, YawDeg: pose.Degrees(f.Result.Pose.Yaw), Quality: photos[i].Score})
		g.people = append(g.people, p.Person)
	}
	if len(g.faces) == 0 {
		return nil, fmt.Errorf("%s: there is no face in any photo", o.operand)
	}
	return g, nil
}

// manyFaces is from how many faces on few settings are tried: each takes a minute then.
const manyFaces = 10_000

// ourSettings are those of package people that are tried: its defaults first, and around
// them what is wanted of two faces, of two groups, and how far poses reach. Of many faces
// stricter ones are tried in their place, since more strangers are alike among them.
func ourSettings(faces int) []people.Options {
	out := []people.Options{{}}
	if faces >= manyFaces {
		for _, above := range []float64{0.1, 0.2, 0.3, 0.4} {
			out = append(out, people.Options{Single: above + 0.1, Group: above, Reach: 40})
		}
		return out
	}
	for _, single := range []float64{0.001, 0.03, 0.06, 0.10, 0.15} {
		for _, group := range []float64{-0.14, -0.12, -0.10, -0.08, -0.05} {
			for _, reach := range []float64{20, 40, 80, 1e6} {
				out = append(out, people.Options{Single: single, Group: group, Reach: reach})
			}
		}
	}
	return out
}

// remembered finds the neighbors of one set of faces once for all settings: what is looked
// for is what the laxest of them needs.
type remembered struct{ lists [][]people.Neighbor }

// laxest is a cosine that no setting goes below.
const laxest = 0.1

// Near implements people.Neighbors.
func (r *remembered) Near(ctx context.Context, features [][]float32, first int, least float32, k int) (out [][]people.Neighbor, err error) {
	if r.lists == nil {
		if r.lists, err = people.Exact().Near(ctx, features, first, laxest, k); err != nil {
			return nil, err
		}
	}
	for _, list := range r.lists {
		n, _ := slices.BinarySearchFunc(list, least, func(n people.Neighbor, least float32) int {
			if n.Cosine >= least {
				return -1
			}
			return 1
		})
		out = append(out, list[:n])
	}
	return out, nil
}

// ourGroups groups faces with package people.
func ourGroups(ctx context.Context, faces []people.Face, d decision.Decision, s people.Options, near people.Neighbors) (grouping, error) {
	out := grouping{Method: "people", Setting: fmt.Sprintf("Single %g, Group %g, Reach %g", s.Single, s.Group, s.Reach), Groups: make([]int, len(faces))}
	if s.Single == 0 {
		out.Method, out.Setting = "people, defaults", ""
	}
	s.Decision, s.Neighbors = d, near
	began := time.Now()
	l, err := people.New(s)
	if err != nil {
		return out, err
	}
	if err := l.Add(ctx, faces...); err != nil {
		return out, err
	}
	out.Seconds = time.Since(began).Seconds()
	for i, f := range faces {
		if out.Groups[i], err = l.Of(f.ID); err != nil {
			return out, err
		}
		if out.Groups[i] == 0 {
			out.Groups[i] = eval.Ungrouped
		}
	}
	return out, nil
}

// writeFeatures writes a line of JSON for every face: person, half of the people, photo,
// yaw, quality, feature.
func writeFeatures(path string, g *groupFaces) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	lines := json.NewEncoder(w)
	for i, face := range g.faces {
		if err := lines.Encode(struct {
			ID      string  `json:"id"`
			Person  int     `json:"person"`
			Part    int     `json:"part"`
			Photo   string  `json:"photo"`
			YawDeg  float64 `json:"yaw"`
			Quality float64 `json:"quality"`
			Feature []byte  `json:"feature"`
		}{face.ID, g.people[i], g.part(i), face.Photo, face.YawDeg, face.Quality, littleEndian(face.Feature)}); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

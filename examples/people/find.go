package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/people"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// find says who is in photos, and in which others these people are.
func (l *library) find(ctx context.Context, args []string) error {
	for _, path := range args {
		p, err := l.photos.Read(path)
		if err != nil {
			return err
		}
		var results []fspfm.Result
		if f, ok := l.known[path]; ok {
			results, err = l.recognizer.Look(ctx, p.Image, f)
		} else {
			results, err = l.recognizer.Faces(ctx, p.Image)
		}
		if err != nil {
			return err
		}
		if len(results) == 0 {
			fmt.Fprintf(l.stdout, "%s: no face\n", photos.Name(path))
		}
		for i, r := range results {
			if err := l.findOne(ctx, path, i, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// findOne says who a face is: somebody with a name, a group without one, or nobody.
func (l *library) findOne(ctx context.Context, path string, i int, r fspfm.Result) error {
	s := gallery.SampleOf(r, path)
	found, err := l.names.Identify(ctx, s, 1)
	if err != nil {
		return err
	}
	named, err := l.named(ctx)
	if err != nil {
		return err
	}
	near := l.nearest(s)
	at := fmt.Sprintf("%s, face %d at (%.0f, %.0f), looking %s", photos.Name(path), i, r.Face.Box.X, r.Face.Box.Y, r.Pose.Angles)
	switch {
	case found.Known():
		c := found.Candidates[0]
		fmt.Fprintf(l.stdout, "%s: %s, by %.3f above the threshold\n", at, c.Person.Name, c.Margin)
		for g, p := range named.of {
			if p.ID == c.Person.ID {
				l.printPhotos(g)
			}
		}
	case len(near) > 0 && near[0].margin >= 0:
		fmt.Fprintf(l.stdout, "%s: group %d, which has no name, by %.3f above the threshold\n", at, near[0].group, near[0].margin)
		l.printPhotos(near[0].group)
	default:
		fmt.Fprintf(l.stdout, "%s: nobody whom the photos show\n", at)
	}
	return nil
}

// near is a group that a face may belong to.
type near struct {
	group  int
	margin float64
}

// nearest are the groups by how alike a face is to the mean of their faces, as a gallery
// decides it.
func (l *library) nearest(s gallery.Sample) []near {
	groups, _ := l.groups.Groups()
	var all []near
	for _, g := range groups {
		all = append(all, near{g.ID, l.margin(s, g.Faces, len(groups))})
	}
	slices.SortFunc(all, func(a, b near) int { return cmp.Compare(b.margin, a.margin) })
	return all
}

// margin is by how much a face is above the threshold for somebody with these faces, in a
// search among so many people.
func (l *library) margin(s gallery.Sample, faces []string, among int) float64 {
	yaw, _, _ := s.Angles.Deg()
	var cosines, yaws, qualities []float64
	for _, id := range faces {
		r := l.faces[id]
		cosines, yaws, qualities = append(cosines, head.Cosine(r.Feature, s.Feature)), append(yaws, r.Pose.Yaw), append(qualities, r.Quality)
	}
	margin, _ := gallery.Mean.Margin(l.recognizer.Decision(), gallery.DefaultFPIR/float64(max(among, 10)), yaw, cosines, yaws, qualities)
	return margin
}

// printPhotos lists the photos of a group.
func (l *library) printPhotos(group int) {
	groups, _ := l.groups.Groups()
	i := slices.IndexFunc(groups, func(g people.Group) bool { return g.ID == group })
	if i < 0 {
		return
	}
	for k, id := range groups[i].Faces {
		if k == 20 {
			fmt.Fprintf(l.stdout, "  and %d more\n", len(groups[i].Faces)-k)
			break
		}
		fmt.Fprintf(l.stdout, "  %s\n", l.faces[id].File)
	}
}

// check lists what is worth a look, the likeliest mistakes first.
func (l *library) check(ctx context.Context, _ []string) error {
	groups, alone := l.groups.Groups()
	named, err := l.named(ctx)
	if err != nil {
		return err
	}
	count := 0
	say := func(format string, args ...any) {
		count++
		fmt.Fprintf(l.stdout, format+"\n", args...)
	}
	for _, g := range groups {
		for _, id := range g.Faces {
			if others := slices.DeleteFunc(slices.Clone(g.Faces), func(o string) bool { return o == id }); len(others) > 0 && !g.Sure {
				if m := l.margin(l.sample(id), others, 0); m < doubtful {
					say("group %d: face %s (%s) is unlike the others, by %.3f: people split %d %s", g.ID, id, l.faces[id].File, m, g.ID, id)
				}
			}
		}
		if p, ok := named.of[g.ID]; ok {
			for _, id := range l.still(named.faces[p.ID]) {
				if other, err := l.groups.Of(id); err == nil && other != g.ID {
					say("%s: face %s is in group %d now, and not in %d", p.Name, id, other, g.ID)
				}
			}
		}
	}
	for i, a := range groups {
		for _, b := range groups[:i] {
			if m := l.between(a, b); m > -0.03 {
				say("groups %d and %d may be one person, by %.3f: people same %d %d", b.ID, a.ID, m, b.ID, a.ID)
			}
		}
	}
	fmt.Fprintf(l.stdout, "%d groups, %d of them with names, %d faces alone, %d photos that failed; %d things to look at\n",
		len(groups), len(named.of), len(alone), l.failed, count)
	return nil
}

// doubtful is the margin below which a face is named as unlike the others of its group.
const doubtful = -0.1

// between is the mean margin between two groups, of at most ten faces of each.
func (l *library) between(a, b people.Group) float64 {
	sum, n := 0.0, 0
	for _, id := range a.Faces[:min(10, len(a.Faces))] {
		sum, n = sum+l.margin(l.sample(id), b.Faces[:min(10, len(b.Faces))], 0), n+1
	}
	return sum / float64(n)
}

package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/people"
)

//go:embed groups.html
var pageText string

// shown is how many faces of a group the page has.
const shown = 24

// pageFace is a face on the page.
type pageFace struct {
	ID, File string
	Picture  template.URL // of JPEG, in the page itself; empty if the photo is gone
	Yaw      float64
	Quality  float64
	Why      string // what speaks against it, or why it is uncertain
}

// pageGroup is a group on the page.
type pageGroup struct {
	Number int // 0: the faces alone
	Name   string
	Sure   bool
	Count  int
	Faces  []pageFace
}

// printGroups lists the groups, and writes the page.
func (l *library) printGroups(ctx context.Context, _ []string) error {
	groups, alone := l.groups.Groups()
	named, err := l.named(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(l.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "group\tfaces\tname\tsuch as")
	var page []pageGroup
	for i, g := range groups {
		name := named.of[g.ID].Name
		fmt.Fprintf(w, "%d\t%d\t%s\t%s\n", g.ID, len(g.Faces), name, l.faces[g.Faces[0]].File)
		page = append(page, l.pageGroup(g, name))
		l.teller.Of("groups on the page")(i+1, len(groups))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(alone) > 0 {
		page = append(page, l.pageGroup(people.Group{Faces: alone}, ""))
	}
	var text bytes.Buffer
	if err := template.Must(template.New("page").Parse(pageText)).Execute(&text, page); err != nil {
		return err
	}
	path := filepath.Join(l.data, "groups.html")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(l.stdout, "%d faces are in no group; %s shows all\n", len(alone), path)
	return nil
}

// pageGroup is what the page shows of a group.
func (l *library) pageGroup(g people.Group, name string) pageGroup {
	out := pageGroup{Number: g.ID, Name: name, Sure: g.Sure, Count: len(g.Faces)}
	for k, id := range g.Faces[:min(shown, len(g.Faces))] {
		r := l.faces[id]
		f := pageFace{ID: id, File: r.File.String(), Yaw: r.Pose.Yaw, Quality: r.Quality, Why: strings.Join(r.Flaws, ", ")}
		if r.Doubt != "" {
			f.Why = strings.TrimPrefix(f.Why+", "+string(r.Doubt), ", ")
		}
		if others := append(append([]string{}, g.Faces[:k]...), g.Faces[k+1:]...); g.ID > 0 && !g.Sure && len(others) > 0 {
			if m := l.margin(l.sample(id), others, 0); m < doubtful {
				f.Why = strings.TrimPrefix(f.Why+fmt.Sprintf(", unlike the others by %.2f", -m), ", ")
			}
		}
		f.Picture = l.picture(id)
		out.Faces = append(out.Faces, f)
	}
	return out
}

// picture is a face with some of what lies around it. A photo that is gone has none.
func (l *library) picture(id string) template.URL {
	r := l.faces[id]
	p, err := l.photos.Read(string(r.File))
	if err != nil {
		return ""
	}
	scale := float64(max(1, p.Scale))
	side := 1.4 * math.Max(r.Box[2], r.Box[3]) / scale
	x, y := (r.Box[0]+r.Box[2]/2)/scale, (r.Box[1]+r.Box[3]/2)/scale
	crop, err := face.Crop(p.Image, face.Box{X: x - side/2, Y: y - side/2, W: side, H: side}, 112, 112)
	if err != nil {
		return ""
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, crop, &jpeg.Options{Quality: 80}); err != nil {
		return ""
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(out.Bytes()))
}

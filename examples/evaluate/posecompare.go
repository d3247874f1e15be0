package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/pose"
)

// sideFrom is the yaw in degrees from which on a face surely looks to one side.
const sideFrom = 20

// poseFigure is a mean of something over some faces. Faces without it are left out.
type poseFigure struct {
	name string
	of   func(posedFace) (value float64, ok bool)
}

// printPoses prints how the network's angles differ from those of the others, and from
// their mean.
func (o *options) printPoses(ctx context.Context, set *photoSet, networks []string, faces []posedFace) error {
	fmt.Fprintf(o.stdout, "%s, people %s: %d faces; against %s. Degrees, with 95 %% intervals by drawing people.\n",
		set.name, set.people, len(faces), strings.Join(networks, ", "))
	w := tabwriter.NewWriter(o.stdout, 0, 0, 2, ' ', 0)
	figures := append(frontalFigures(networks), shortfalls()...)
	for _, f := range append(figures, sides(networks)...) {
		var people []int
		var values []float64
		for _, x := range faces {
			if v, ok := f.of(x); ok {
				people, values = append(people, x.photo.Person), append(values, v)
			}
		}
		if len(values) < 2 {
			continue
		}
		mean, err := eval.Bootstrap{Draws: o.draws}.Mean(ctx, people, values)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%d\t%.2f [%.2f, %.2f]\n", f.name, len(values), mean.Value, mean.Low, mean.High)
	}
	return w.Flush()
}

// poseAngles are the angles by name.
var poseAngles = []struct {
	name string
	of   func(pose.Angles) float64
}{
	{"yaw", func(a pose.Angles) float64 { return pose.Degrees(a.Yaw) }},
	{"pitch", func(a pose.Angles) float64 { return pose.Degrees(a.Pitch) }},
	{"roll", func(a pose.Angles) float64 { return pose.Degrees(a.Roll) }},
}

// frontalFigures are the mean differences on frontal photos, with and without their sign.
func frontalFigures(networks []string) (out []poseFigure) {
	for _, angle := range poseAngles {
		add := func(name string, diff func(posedFace) float64) {
			out = append(out, poseFigure{name, func(f posedFace) (float64, bool) { return diff(f), f.photo.View == views.Frontal }})
		}
		add("frontal, "+angle.name+", minus their mean", func(f posedFace) float64 { return angle.of(f.own) - angle.of(f.mean()) })
		add("frontal, "+angle.name+", distance from their mean", func(f posedFace) float64 { return math.Abs(angle.of(f.own) - angle.of(f.mean())) })
		add("frontal, "+angle.name+", PnP minus their mean", func(f posedFace) float64 { return angle.of(f.pnp) - angle.of(f.mean()) })
		add("frontal, "+angle.name+", their mean", func(f posedFace) float64 { return angle.of(f.mean()) })
		for k, name := range networks {
			add("frontal, "+angle.name+", minus "+name, func(f posedFace) float64 { return angle.of(f.own) - angle.of(f.others[k]) })
		}
		if len(networks) == 2 {
			add("frontal, "+angle.name+", "+networks[0]+" minus "+networks[1], func(f posedFace) float64 { return angle.of(f.others[0]) - angle.of(f.others[1]) })
		}
	}
	return out
}

// shortfalls are by how much the yaw is smaller in size than the mean of the others, and
// how far the other angles lie from it, by that yaw.
func shortfalls() (out []poseFigure) {
	for _, r := range [][2]float64{{0, 20}, {20, 40}, {40, 60}, {60, 75}, {75, 180}, {40, 75}} {
		inside := func(f posedFace) bool {
			yaw := math.Abs(pose.Degrees(f.mean().Yaw))
			return yaw >= r[0] && yaw < r[1]
		}
		rows := []poseFigure{
			{"yaw too small", func(f posedFace) (float64, bool) {
				return math.Copysign(1, f.mean().Yaw) * pose.Degrees(f.mean().Yaw-f.own.Yaw), inside(f)
			}},
			{"PnP's yaw too small", func(f posedFace) (float64, bool) {
				return math.Copysign(1, f.mean().Yaw) * pose.Degrees(f.mean().Yaw-f.pnp.Yaw), inside(f)
			}},
			{"pitch, minus their mean", func(f posedFace) (float64, bool) { return pose.Degrees(f.own.Pitch - f.mean().Pitch), inside(f) }},
			{"roll, distance from their mean", func(f posedFace) (float64, bool) {
				return math.Abs(pose.Degrees(f.own.Roll - f.mean().Roll)), inside(f)
			}},
		}
		if r[0] == 0 { // frontal photos have rows of their own
			rows = rows[:1]
		}
		rows = append(rows, poseFigure{"angle between this orientation and their mean", func(f posedFace) (float64, bool) {
			return pose.Degrees(pose.Geodesic(f.own, f.mean())), inside(f)
		}}, poseFigure{"angle between the orientations of the first two of them", func(f posedFace) (float64, bool) {
			return pose.Degrees(pose.Geodesic(f.others[0], f.others[min(1, len(f.others)-1)])), inside(f)
		}})
		for _, f := range rows {
			f.name = fmt.Sprintf("their yaw %g to %g: %s", r[0], r[1], f.name)
			out = append(out, f)
		}
	}
	return out
}

// beyond is the share of the photos of a view that the network says are turned.
func beyond(view views.View) poseFigure {
	return poseFigure{fmt.Sprintf("%s photos beyond %d degrees of yaw, percent", view, sideFrom), func(f posedFace) (float64, bool) {
		turned := 0.0
		if math.Abs(pose.Degrees(f.own.Yaw)) >= sideFrom {
			turned = 100
		}
		return turned, f.photo.View == view
	}}
}

// sides are the shares of turned faces that look to the side that CFP's marks say, in
// percent.
func sides(networks []string) []poseFigure {
	share := func(name string, yaw func(posedFace) float64) poseFigure {
		return poseFigure{name + ": to the marked side, percent of those beyond 20 degrees", func(f posedFace) (float64, bool) {
			right := 0.0
			if yaw(f)*f.side > 0 {
				right = 100
			}
			return right, f.side != 0 && math.Abs(pose.Degrees(yaw(f))) > sideFrom
		}}
	}
	out := []poseFigure{beyond(views.Frontal), beyond(views.Profile), share("this network", func(f posedFace) float64 { return f.own.Yaw })}
	for k, name := range networks {
		out = append(out, share(name, func(f posedFace) float64 { return f.others[k].Yaw }))
	}
	return out
}

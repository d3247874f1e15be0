package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/pose"
)

// answer is the program's output in JSON.
type answer struct {
	A         faceAnswer `json:"a"`
	B         faceAnswer `json:"b"`
	Cosine    float64    `json:"cosine"`
	Threshold float64    `json:"threshold"`
	FMR       float64    `json:"fmr,omitempty"`
	Same      bool       `json:"same"`
	Head      bool       `json:"head"`

	CosineFrontalized    *float64 `json:"cosine_frontalized,omitempty"`
	ThresholdFrontalized *float64 `json:"threshold_frontalized,omitempty"`
	SameFrontalized      *bool    `json:"same_frontalized,omitempty"`
}

type faceAnswer struct {
	Box       [4]float64    `json:"box"` // x, y, width, height
	Score     float64       `json:"score"`
	Landmarks [5][2]float64 `json:"landmarks"`
	Pose      poseAnswer    `json:"pose_deg"`
	Turned    int           `json:"turned,omitempty"`
	Doubt     fspfm.Doubt   `json:"doubt,omitempty"`
}

type poseAnswer struct {
	Yaw   float64 `json:"yaw"`
	Pitch float64 `json:"pitch"`
	Roll  float64 `json:"roll"`
}

func printJSON(w io.Writer, p pair) error {
	v := p.answer
	out := answer{A: answerOf(p.photos[0].inFull(v.A)), B: answerOf(p.photos[1].inFull(v.B)), Cosine: v.Cosine, Threshold: v.Threshold, FMR: v.FMR, Same: v.Same, Head: v.Head}
	if f := v.Frontalized; f != nil {
		out.CosineFrontalized, out.ThresholdFrontalized, out.SameFrontalized = &f.Cosine, &f.Threshold, &f.Same
	}
	return json.NewEncoder(w).Encode(out)
}

func answerOf(r fspfm.Result) faceAnswer {
	b := r.Face.Box
	yaw, pitch, roll := r.Pose.Deg()
	return faceAnswer{
		Box:       [4]float64{b.X, b.Y, b.W, b.H},
		Score:     r.Face.Score,
		Landmarks: r.Face.Landmarks,
		Pose:      poseAnswer{Yaw: yaw, Pitch: pitch, Roll: roll},
		Turned:    r.Face.Turned,
		Doubt:     r.Doubt,
	}
}

func printText(w io.Writer, p pair) error {
	for i, r := range []fspfm.Result{p.answer.A, p.answer.B} {
		b := p.photos[i].inFull(r).Face.Box
		_, err := fmt.Fprintf(w, "%s: face of %.0fx%.0f pixels at (%.0f, %.0f), score %.2f, %s%s\n",
			p.photos[i].name, b.W, b.H, b.X, b.Y, r.Face.Score, angles(r.Pose.Angles), remarks(r))
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, strings.Join(verdicts(p.answer), "\n"))
	return err
}

func angles(a pose.Angles) string {
	yaw, pitch, roll := a.Deg()
	whole := func(x float64) float64 { return math.Round(x) + 0 } // no -0
	return fmt.Sprintf("yaw %+.0f°, pitch %+.0f°, roll %+.0f°", whole(yaw), whole(pitch), whole(roll))
}

// remarks are what else is known of a face.
func remarks(r fspfm.Result) (text string) {
	if r.Face.Turned != 0 {
		text += fmt.Sprintf(", in the photo turned by %d°", r.Face.Turned)
	}
	if r.Doubt != "" {
		text += fmt.Sprintf(", in doubt: %s", r.Doubt)
	}
	return text
}

// verdicts are the answers in words: the decision, and what the frontalized features say.
func verdicts(v fspfm.Verification) []string {
	lines := []string{verdict(v.Same, v.Cosine, v.Threshold, v.FMR)}
	if v.Head {
		lines[0] += ", with the head"
	}
	if f := v.Frontalized; f != nil {
		lines = append(lines, "frontalized: "+verdict(f.Same, f.Cosine, f.Threshold, f.FMR))
	}
	return lines
}

func verdict(same bool, cosine, threshold, fmr float64) string {
	who := "different people"
	if same {
		who = "the same person"
	}
	text := fmt.Sprintf("%s: cosine %.3f, threshold %.3f", who, cosine, threshold)
	if fmr > 0 {
		text += fmt.Sprintf(" (false-match rate %.2g)", fmr)
	}
	return text
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/pose"
)

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// answer is the program's output in JSON.
type answer struct {
	A         faceAnswer `json:"a"`
	B         faceAnswer `json:"b"`
	Cosine    float64    `json:"cosine"`
	Threshold float64    `json:"threshold"`
	Same      bool       `json:"same"`
}

type faceAnswer struct {
	Box       [4]float64    `json:"box"` // x, y, width, height
	Score     float64       `json:"score"`
	Landmarks [5][2]float64 `json:"landmarks"`
	Pose      poseAnswer    `json:"pose_deg"`
}

type poseAnswer struct {
	Yaw   float64 `json:"yaw"`
	Pitch float64 `json:"pitch"`
	Roll  float64 `json:"roll"`
}

func printJSON(w io.Writer, v fspfm.Verification) error {
	return json.NewEncoder(w).Encode(answer{A: answerOf(v.A), B: answerOf(v.B), Cosine: v.Cosine, Threshold: v.Threshold, Same: v.Same})
}

func answerOf(r fspfm.Result) faceAnswer {
	b := r.Face.Box
	yaw, pitch, roll := r.Pose.Deg()
	return faceAnswer{
		Box:       [4]float64{b.X, b.Y, b.W, b.H},
		Score:     r.Face.Score,
		Landmarks: r.Face.Landmarks,
		Pose:      poseAnswer{Yaw: yaw, Pitch: pitch, Roll: roll},
	}
}

func printText(w io.Writer, photos [2]photo, v fspfm.Verification) error {
	for i, r := range []fspfm.Result{v.A, v.B} {
		b := r.Face.Box
		_, err := fmt.Fprintf(w, "%s: face of %.0fx%.0f pixels at (%.0f, %.0f), score %.2f, %s\n",
			photos[i].name, b.W, b.H, b.X, b.Y, r.Face.Score, angles(r.Pose.Angles))
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, verdict(v))
	return err
}

func angles(a pose.Angles) string {
	yaw, pitch, roll := a.Deg()
	return fmt.Sprintf("yaw %+.0f°, pitch %+.0f°, roll %+.0f°", yaw, pitch, roll)
}

func verdict(v fspfm.Verification) string {
	if v.Same {
		return fmt.Sprintf("the same person: cosine %.3f, threshold %.3f", v.Cosine, v.Threshold)
	}
	return fmt.Sprintf("different people: cosine %.3f, threshold %.3f", v.Cosine, v.Threshold)
}

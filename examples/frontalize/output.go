package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pifr-go/pifr/fspfm"
)

// line is one face. File comes first, and tells what a line that was cut short was going
// to be.
type line struct {
	File        string        `json:"file"`
	Pack        string        `json:"pack"`
	Made        string        `json:"made"`
	Face        int           `json:"face"`
	Faces       int           `json:"faces"`
	Box         [4]float64    `json:"box"` // x, y, width, height
	Score       float64       `json:"score"`
	Landmarks   [5][2]float64 `json:"landmarks"`
	Pose        poseDeg       `json:"pose_deg"`
	Turned      int           `json:"turned,omitempty"`
	Doubt       fspfm.Doubt   `json:"doubt,omitempty"`
	Feature     []float32     `json:"feature"`
	Frontalized []float32     `json:"frontalized,omitempty"`
}

type poseDeg struct {
	Yaw   float64 `json:"yaw"`
	Pitch float64 `json:"pitch"`
	Roll  float64 `json:"roll"`
}

// madeLen is how many digits of a fingerprint a line has.
const madeLen = 16

// lines are those of one photo.
func lines(file, pack, made string, results []fspfm.Result) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i, r := range results {
		box := r.Face.Box
		yaw, pitch, roll := r.Pose.Deg()
		err := e.Encode(line{File: file, Pack: pack, Made: made, Face: i, Faces: len(results), Box: [4]float64{box.X, box.Y, box.W, box.H}, Score: r.Face.Score,
			Landmarks: r.Face.Landmarks, Pose: poseDeg{yaw, pitch, roll}, Turned: r.Face.Turned, Doubt: r.Doubt, Feature: r.Feature, Frontalized: r.Frontalized})
		if err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// resume opens the output, behind the last photo that is in it with all of its faces, and
// returns which photos are. What an interruption has left of another is removed. A file
// that holds anything else is not touched.
func resume(path, made string) (io.Writer, io.Closer, map[string]bool, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, nil, nil, err
	}
	done, end, err := read(f, made)
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, nil, nil, fmt.Errorf("go on with %s: %w", path, err)
	}
	return f, f, done, nil
}

// read returns the photos of which all lines are there, and where the last of these lines
// ends.
func read(f io.Reader, made string) (done map[string]bool, end int64, err error) {
	done = map[string]bool{}
	in, at, next := bufio.NewReaderSize(f, 1<<16), int64(0), line{} // the next line, if it is of the same photo
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		if err != nil { // the last line, which is cut short, or nothing
			if start := []byte(`{"file":`); !bytes.HasPrefix(text, start) && !bytes.HasPrefix(start, text) {
				return nil, 0, fmt.Errorf("%w: line %d is not this program's", errUsage, n)
			}
			return done, end, nil
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil || l.File == "" || l.Face >= l.Faces || l.Face != next.Face || next.Face > 0 && l.File != next.File {
			return nil, 0, fmt.Errorf("%w: line %d is not this program's", errUsage, n)
		}
		if l.Made != made {
			return nil, 0, fmt.Errorf("%w: line %d was made by other models or settings (pack %s, made %q, and now %q): features do not compare", errUsage, n, l.Pack, l.Made, made)
		}
		at += int64(len(text))
		next.File, next.Face = l.File, (l.Face+1)%l.Faces
		if l.Face == l.Faces-1 {
			done[l.File], end = true, at
		}
	}
}

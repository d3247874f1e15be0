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
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// line is one face. File comes first, and tells what a line that was cut short was going
// to be.
type line struct {
	File        photos.Name   `json:"file"`
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

// blankLine is a photo without a face.
type blankLine struct {
	File  photos.Name `json:"file"`
	Pack  string      `json:"pack"`
	Made  string      `json:"made"`
	Faces int         `json:"faces"` // 0
}

// lines are those of one photo. Positions become those in the photo itself.
func lines(file, pack, made string, results []fspfm.Result, fullSize func(face.Face) face.Face) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if len(results) == 0 {
		err := e.Encode(blankLine{File: photos.Name(file), Pack: pack, Made: made})
		return b.Bytes(), err
	}
	for i, r := range results {
		f := fullSize(r.Face)
		yaw, pitch, roll := r.Pose.Deg()
		err := e.Encode(line{File: photos.Name(file), Pack: pack, Made: made, Face: i, Faces: len(results), Box: [4]float64{f.Box.X, f.Box.Y, f.Box.W, f.Box.H},
			Score: f.Score, Landmarks: f.Landmarks, Pose: poseDeg{yaw, pitch, roll}, Turned: f.Turned, Doubt: r.Doubt, Feature: r.Feature, Frontalized: r.Frontalized})
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
		if err := json.Unmarshal(text, &l); err != nil || !l.follows(next) {
			return nil, 0, fmt.Errorf("%w: line %d is not this program's", errUsage, n)
		}
		if l.Made != made {
			return nil, 0, fmt.Errorf("%w: line %d was made by other models or settings (pack %s, made %q, and now %q): features do not compare", errUsage, n, l.Pack, l.Made, made)
		}
		at += int64(len(text))
		next.File, next.Face = l.File, l.Face+1
		if next.Face >= l.Faces { // the last one, or a photo without a face
			next.Face = 0
			done[string(l.File)], end = true, at
		}
	}
}

// follows says whether a line may come where next is expected: the next face of a photo,
// or any photo's first one.
func (l line) follows(next line) bool {
	switch {
	case l.File == "" || l.Face != next.Face || l.Made == "":
		return false
	case next.Face > 0:
		return l.File == next.File && l.Face < l.Faces
	}
	return l.Faces >= 0
}

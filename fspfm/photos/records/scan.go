package records

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/internal/atomicfile"
)

// found is what scan has found in a file.
type found struct {
	done   map[photos.Name]Outcome
	failed int
	end    int64 // where the last photo ends of which all records are there
}

// brief is what scan looks at of a record; it leaves out what takes long to read.
type brief struct {
	File    *photos.Name    `json:"file"`
	Face    int             `json:"face"`
	Faces   *int            `json:"faces"`
	Failed  photos.Reason   `json:"failed"`
	Feature json.RawMessage `json:"feature"`
	Made    json.RawMessage `json:"made"`
}

// scan reads which photos are in a file.
func scan(f io.Reader, o LogOptions) (found, error) {
	result := found{done: map[photos.Name]Outcome{}}
	known, at := map[string]bool{}, int64(0) // makers that were looked at
	in, next := bufio.NewReaderSize(f, bufferLen), 0
	var last photos.Name
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return result, err
		}
		if err != nil { // the last line, which is cut short, or nothing
			if !couldBe(text) {
				return result, fmt.Errorf("%w: line %d", ErrNotLog, n)
			}
			return result, nil
		}
		var b brief
		if err := json.Unmarshal(text, &b); err != nil || !b.follows(last, next) {
			if couldBe(text) && bytes.IndexByte(text, 0) >= 0 { // a power failure's, see couldBe
				return result, nil
			}
			return result, fmt.Errorf("%w: line %d", ErrNotLog, n)
		}
		if !known[string(b.Made)] {
			if err := b.check(n, o); err != nil {
				return result, err
			}
			known[string(b.Made)] = true
		}
		if (b.Feature == nil) != o.WithoutFeatures && *b.Faces > 0 {
			return result, fmt.Errorf("%w: line %d: features are in the file or wanted, and not both", ErrNotLog, n)
		}
		at += int64(len(text))
		if last, next = *b.File, b.Face+1; next >= *b.Faces { // the last one, or about the photo
			next = 0
			result.done[last], result.end = Outcome{*b.Faces, b.Failed}, at
			if b.Failed != "" {
				result.failed++
			}
		}
	}
}

// couldBe says whether a line without an end may be one that was cut short. After a power
// failure some systems give a file its length before its content: zeros stand there.
func couldBe(text []byte) bool {
	start := []byte(`{"file":`)
	if zero := bytes.IndexByte(text, 0); zero >= 0 {
		text = text[:zero]
	}
	return bytes.HasPrefix(text, start) || bytes.HasPrefix(start, text)
}

// follows says whether a record may come where the next face of a photo is expected, or,
// for face 0, any photo's first.
func (b brief) follows(last photos.Name, next int) bool {
	switch {
	case b.File == nil || b.Faces == nil || b.Made == nil || b.Face != next || *b.Faces < 0:
		return false
	case next > 0:
		return *b.File == last && next < *b.Faces
	}
	return *b.File != ""
}

// check refuses a maker that is not the log's.
func (b brief) check(line int, o LogOptions) error {
	var made fspfm.Maker
	if err := json.Unmarshal(b.Made, &made); err != nil {
		return fmt.Errorf("%w: line %d: it does not say by what it was made", ErrNotLog, line)
	}
	if !made.Same(o.Maker) {
		return &OtherMakerError{Line: line, Theirs: made, Ours: o.Maker}
	}
	return nil
}

// forget replaces the file by one without the photos that failed, and opens that.
func (l *Log) forget(path string, all found, o LogOptions) error {
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	err := atomicfile.Write(path, func(w io.Writer) error { return copyWithout(w, io.LimitReader(l.file, all.end)) })
	if err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	l.broken, o.Again = nil, false
	return l.open(path, o)
}

// copyWithout copies the lines of the photos that did not fail.
func copyWithout(out io.Writer, from io.Reader) error {
	in := bufio.NewReaderSize(from, bufferLen)
	for {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		var b brief
		if err == nil {
			err = json.Unmarshal(text, &b)
		}
		if err == nil && b.Failed == "" {
			_, err = out.Write(text)
		}
		if err != nil {
			return err
		}
	}
}

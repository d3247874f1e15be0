package decision

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrDecision is wrapped by the errors for a decision that says nonsense.
var ErrDecision = errors.New("not a decision")

// DefaultTurnedDeg separates frontal from turned faces where a decision does not say it.
// One of 2,500 frontal photos of CFP's people 1-250 is beyond it by the shipped pose
// network, and 98.7 % of profiles are (examples/evaluate pose-photos).
const DefaultTurnedDeg = 20

// Decision says how the features of one recognizer are made and compared. The zero value
// stands for one crop and no thresholds.
type Decision struct {
	// Crops are the pictures of a face whose features are averaged.
	Crops Crops `json:"crops"`

	// TurnedDeg is the |yaw| in degrees from which on a face counts as turned.
	TurnedDeg float64 `json:"turned_deg"`

	// The thresholds for two frontal faces, for a frontal and a turned one, and for two
	// turned ones.
	Frontal Threshold `json:"frontal"`
	Mixed   Threshold `json:"mixed"`
	Turned  Threshold `json:"turned"`

	// Levels are the cosines for other false-match rates, from the highest rate to the
	// lowest: searches among many people need lower ones than a comparison of two.
	Levels []Level `json:"levels,omitempty"`

	// Alike is how much the cosines of a stranger with two faces of one person go
	// together: their correlation, 0 to 1. It says how much lower the threshold of a mean
	// of cosines is (AtMean); 0 means that it was not measured.
	Alike float64 `json:"alike,omitempty"`

	// Evidence is what speaks for Crops.
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Threshold is the cosine from which on two features count as one person's.
type Threshold struct {
	Cosine float64 `json:"cosine"` // -1 to 1

	// FMR is the false-match rate that was asked for: the share of pairs of two people,
	// at most, that reach the cosine. 0 means that it was not measured.
	FMR float64 `json:"fmr"`

	// Evidence is what was measured at this cosine.
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Evidence is a figure that was measured on photos of real people.
type Evidence struct {
	Set     string  `json:"set"`     // which photos: "CFP"
	People  string  `json:"people"`  // which, or how many, of its people: "1-250"
	Figure  string  `json:"figure"`  // what the number is, with its unit
	Value   float64 `json:"value"`   //
	Low     float64 `json:"low"`     // lower end of the 95 % interval by drawing people
	High    float64 `json:"high"`    // its upper end
	Command string  `json:"command"` // that measured it
}

// Crops names the pictures of a face whose features are averaged.
type Crops string

// The kinds of crops, by what they cost.
const (
	// One is the aligned face as it is.
	One Crops = "one"

	// Mirrored adds its mirror image, at twice the time.
	Mirrored Crops = "mirrored"

	// Full adds four more, shifted by 6 % of the distance between eyes and mouth to each
	// side, and the mirror images of all, at ten times the time. Recognizers are
	// sensitive to where a face lies, and detectors err by about that much.
	Full Crops = "full"

	// FullTurned is Full for faces that are turned by TurnedDeg or more, and Mirrored for
	// all others: what helps most where it is needed.
	FullTurned Crops = "full-turned"
)

// Of returns the kind of crops for one face, which is One, Mirrored or Full.
func (d Decision) Of(yawDeg float64) Crops {
	switch {
	case d.Crops == "":
		return One
	case d.Crops != FullTurned:
		return d.Crops
	case math.Abs(yawDeg) >= d.TurnedDeg:
		return Full
	}
	return Mirrored
}

// Check reports a kind that there is not. The error wraps ErrDecision.
func (c Crops) Check() error {
	switch c {
	case "", One, Mirrored, Full, FullTurned:
		return nil
	}
	return fmt.Errorf("%w: crops %q: want %q, %q, %q or %q", ErrDecision, string(c), One, Mirrored, Full, FullTurned)
}

// Everywhere returns the decision with one cosine for all pairs, which nobody has
// measured.
func (d Decision) Everywhere(cosine float64) Decision {
	t := Threshold{Cosine: cosine}
	d.Frontal, d.Mixed, d.Turned, d.Levels, d.Alike = t, t, t, nil, 0
	return d
}

// Threshold returns the threshold for two faces, by their yaw in degrees.
func (d Decision) Threshold(yawA, yawB float64) Threshold {
	a, b := math.Abs(yawA) >= d.TurnedDeg, math.Abs(yawB) >= d.TurnedDeg
	switch {
	case a && b:
		return d.Turned
	case a || b:
		return d.Mixed
	}
	return d.Frontal
}

// Check reports what cannot be. The error wraps ErrDecision.
func (d Decision) Check() error {
	if err := d.Crops.Check(); err != nil {
		return err
	}
	if !(d.TurnedDeg >= 0 && d.TurnedDeg <= 180) {
		return fmt.Errorf("%w: a face turned by %g degrees", ErrDecision, d.TurnedDeg)
	}
	if !(d.Alike >= 0 && d.Alike <= 1) {
		return fmt.Errorf("%w: alike: %g is no share", ErrDecision, d.Alike)
	}
	if err := checkLevels(d.Levels); err != nil {
		return err
	}
	for name, t := range map[string]Threshold{"frontal": d.Frontal, "mixed": d.Mixed, "turned": d.Turned} {
		switch {
		case !(t.Cosine >= -1 && t.Cosine <= 1):
			return fmt.Errorf("%w: %s: %g is no cosine", ErrDecision, name, t.Cosine)
		case !(t.FMR >= 0 && t.FMR <= 1):
			return fmt.Errorf("%w: %s: %g is no rate", ErrDecision, name, t.FMR)
		}
		for _, e := range t.Evidence {
			if err := e.Check(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for _, e := range d.Evidence {
		if err := e.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check reports evidence that is incomplete, or whose interval does not hold its value.
// The error wraps ErrDecision.
func (e Evidence) Check() error {
	switch {
	case e.Set == "" || e.People == "" || e.Figure == "" || e.Command == "":
		return fmt.Errorf("%w: evidence wants a set, people, a figure and a command: %+v", ErrDecision, e)
	case !(e.Low <= e.Value && e.Value <= e.High) || math.IsInf(e.Low, 0) || math.IsInf(e.High, 0):
		return fmt.Errorf("%w: evidence: %g is not within [%g, %g]", ErrDecision, e.Value, e.Low, e.High)
	}
	return nil
}

// String says the evidence in a line.
func (e Evidence) String() string {
	return fmt.Sprintf("%s, people %s: %s %.4g [%.4g, %.4g]", e.Set, e.People, e.Figure, e.Value, e.Low, e.High)
}

// Parse reads a decision in JSON, as Decision marshals. It is strict, because a threshold
// that is misread admits strangers: all three thresholds have to be there, and no other
// fields. The error wraps ErrDecision.
func Parse(data []byte) (Decision, error) {
	var d Decision
	if err := decode(data, &d); err != nil {
		return Decision{}, fmt.Errorf("decision: %w: %w", ErrDecision, err)
	}
	var there map[string]json.RawMessage
	if err := json.Unmarshal(data, &there); err != nil {
		return Decision{}, fmt.Errorf("decision: %w: %w", ErrDecision, err)
	}
	for _, name := range []string{"crops", "turned_deg", "frontal", "mixed", "turned"} {
		if v, ok := there[name]; !ok || string(v) == "null" {
			return Decision{}, fmt.Errorf("decision: %w: it has no %q", ErrDecision, name)
		}
	}
	if err := d.Check(); err != nil {
		return Decision{}, fmt.Errorf("decision: %w", err)
	}
	return d, nil
}

// ParseEvidence reads one piece of evidence in JSON, strictly. The error wraps
// ErrDecision.
func ParseEvidence(data []byte) (Evidence, error) {
	var e Evidence
	if err := decode(data, &e); err != nil {
		return Evidence{}, fmt.Errorf("decision: %w: %w", ErrDecision, err)
	}
	if err := e.Check(); err != nil {
		return Evidence{}, fmt.Errorf("decision: %w", err)
	}
	return e, nil
}

func decode(data []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON")
	}
	return nil
}

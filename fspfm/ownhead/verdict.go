package ownhead

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/decision"
)

// Judgment is a verdict in a word.
type Judgment string

// The judgments.
const (
	Better       Judgment = "better"
	NoDifference Judgment = "no difference"
	Worse        Judgment = "worse"
)

// Verdict says what a head did to people whom it had not seen.
type Verdict struct {
	Gain      decision.Evidence `json:"gain"` // in points
	FMR       float64           `json:"fmr"`  // at which pairs were accepted
	Same      int               `json:"same"` // pairs of one person
	Different int               `json:"different"`
}

// Judgment is whether the interval lies above zero, below, or around it.
func (v Verdict) Judgment() Judgment {
	switch {
	case v.Gain.Low > 0:
		return Better
	case v.Gain.High < 0:
		return Worse
	}
	return NoDifference
}

// Used says whether fspfm lets the head decide.
func (v Verdict) Used() bool { return v.Judgment() == Better }

// String is the verdict in plain words.
func (v Verdict) String() string {
	figures := fmt.Sprintf("%+.1f points [%+.1f, %+.1f] of pairs of one person accepted at a false-match rate of %.2g (%d pairs of one person, %d of two, people whom the head had not seen)",
		v.Gain.Value, v.Gain.Low, v.Gain.High, v.FMR, v.Same, v.Different)
	if v.Used() {
		return "with this head: better: " + figures
	}
	return fmt.Sprintf("with this head: %s: %s: not used", v.Judgment(), figures)
}

// The files of a folder that Save writes.
const (
	HeadFile     = "head.safetensors"
	DecisionFile = "decision.json"
	VerdictFile  = "verdict.json"
)

// Save writes the head with its thresholds and evidence, the thresholds without a head if
// there are any, and the verdict, to a folder.
func (o *Outcome) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("ownhead: %w", err)
	}
	if err := o.Head.SaveFile(filepath.Join(dir, HeadFile), o.Usage); err != nil {
		return fmt.Errorf("ownhead: %w", err)
	}
	told := struct {
		Verdict  string   `json:"verdict"`
		Judgment Judgment `json:"judgment"`
		Figures  Verdict  `json:"figures"`
	}{o.Verdict.String(), o.Verdict.Judgment(), o.Verdict}
	if err := write(filepath.Join(dir, VerdictFile), told); err != nil {
		return err
	}
	if o.Decision == nil {
		return nil
	}
	return write(filepath.Join(dir, DecisionFile), o.Decision)
}

func write(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("ownhead: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("ownhead: %w", err)
	}
	return nil
}

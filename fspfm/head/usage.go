package head

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/pose"
)

// ErrMismatch is wrapped by the errors for a head that does not fit what it is used with,
// or whose file says nonsense about its use.
var ErrMismatch = errors.New("the head does not fit")

// Usage is how a trained head wants to be used. Its file says so among the metadata, as
// these five keys, each of which may be missing:
//
//	pose_sha256        SHA-256, in hex, of the file of the pose network whose feature it takes
//	extractor_sha256   SHA-256 of each file of the extractor whose features it maps, with
//	                   spaces between; any of them will do
//	gate               a Gating: {"from_deg": 10, "to_deg": 30}
//	thresholds         a list of Threshold:
//	                   [{"yaw_from_deg": 0, "yaw_to_deg": 40, "cosine": 0.37, "fmr": 0.001}, ...]
//	real_photos        a Real: {"set": "CFP", "people": "1-250", "figure": ...,
//	                   "value": -15, "low": -17, "high": -13, "command": ...}
//
// The zero value is a head that is always applied, with anything that has the lengths it
// wants.
type Usage struct {
	PoseSHA256      string
	ExtractorSHA256 []string
	Gating          Gating
	Thresholds      []Threshold

	// Real is what the head did on photos of real people: by how many points more pairs
	// of one person were accepted with it than without, at the same false-match rate. A
	// head that comes with a pack takes part in Verify's answer only if the lower end of
	// the interval is not below -0.1, and one of the caller's only if it is above zero.
	// Nil if nobody has measured it: then the pack's takes no part, and the caller's does.
	Real *decision.Evidence
}

// Threshold is the cosine from which on two frontalized features count as one person's,
// where the larger |yaw| of the two faces is at least YawFromDeg and less than YawToDeg.
// FMR is the rate at which faces of two people reach it, on the set it was calibrated on.
type Threshold struct {
	YawFromDeg float64 `json:"yaw_from_deg"`
	YawToDeg   float64 `json:"yaw_to_deg"`
	Cosine     float64 `json:"cosine"`
	FMR        float64 `json:"fmr"`
}

// The keys of the metadata.
const (
	poseKey       = "pose_sha256"
	extractorKey  = "extractor_sha256"
	gateKey       = "gate"
	thresholdsKey = "thresholds"
	realKey       = "real_photos"
)

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseUsage reads the keys of Usage out of a file's metadata, as Read returns it.
// Other keys are left alone. It is strict: a field that is missing, unknown or out of
// range is an error, which wraps ErrMismatch, because a threshold that is misread admits
// strangers.
func ParseUsage(about map[string]string) (u Usage, err error) {
	u.PoseSHA256 = about[poseKey]
	u.ExtractorSHA256 = strings.Fields(about[extractorKey])
	if text, ok := about[gateKey]; ok {
		var gates []Gating
		if gates, err = strict[Gating]("[" + text + "]"); err == nil && len(gates) != 1 {
			err = errors.New("want one object")
		}
		if err != nil {
			return Usage{}, fmt.Errorf("head: usage: %w: %s: %w", ErrMismatch, gateKey, err)
		}
		u.Gating = gates[0]
	}
	if text, ok := about[thresholdsKey]; ok {
		if u.Thresholds, err = strict[Threshold](text); err != nil {
			return Usage{}, fmt.Errorf("head: usage: %w: %s: %w", ErrMismatch, thresholdsKey, err)
		}
	}
	if text, ok := about[realKey]; ok {
		real, err := decision.ParseEvidence([]byte(text))
		if err != nil {
			return Usage{}, fmt.Errorf("head: usage: %w: %s: %w", ErrMismatch, realKey, err)
		}
		u.Real = &real
	}
	if err := u.check(); err != nil {
		return Usage{}, fmt.Errorf("head: usage: %w", err)
	}
	return u, nil
}

// About returns the metadata that ParseUsage reads, for Module.Save. The error wraps
// ErrMismatch.
func (u Usage) About() (map[string]string, error) {
	if err := u.check(); err != nil {
		return nil, fmt.Errorf("head: usage: %w", err)
	}
	about := map[string]string{}
	if u.PoseSHA256 != "" {
		about[poseKey] = u.PoseSHA256
	}
	if len(u.ExtractorSHA256) > 0 {
		about[extractorKey] = strings.Join(u.ExtractorSHA256, " ")
	}
	for key, value := range map[string]any{gateKey: u.Gating, thresholdsKey: u.Thresholds, realKey: u.Real} {
		if value == any(Gating{}) || key == thresholdsKey && len(u.Thresholds) == 0 || key == realKey && u.Real == nil {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("head: usage: %w", err)
		}
		about[key] = string(text)
	}
	return about, nil
}

// check says what cannot be.
func (u Usage) check() error {
	for _, sum := range slices.Concat([]string{u.PoseSHA256}, u.ExtractorSHA256) {
		if sum != "" && !sha256Hex.MatchString(sum) {
			return fmt.Errorf("%w: %q is not a SHA-256 in lower case hexadecimal digits", ErrMismatch, sum)
		}
	}
	if err := u.Gating.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrMismatch, err)
	}
	if u.Real != nil {
		if err := u.Real.Check(); err != nil {
			return fmt.Errorf("%w: %w", ErrMismatch, err)
		}
	}
	at := 0.0
	for i, t := range u.Thresholds {
		switch {
		case t.YawFromDeg != at || !(t.YawToDeg > at && t.YawToDeg <= 180):
			return fmt.Errorf("%w: thresholds: bucket %d is from %g to %g degrees: buckets follow each other without gaps, from 0", ErrMismatch, i, t.YawFromDeg, t.YawToDeg)
		case !(t.Cosine >= -1 && t.Cosine <= 1):
			return fmt.Errorf("%w: thresholds: bucket %d: %g is no cosine", ErrMismatch, i, t.Cosine)
		case !(t.FMR >= 0 && t.FMR <= 1):
			return fmt.Errorf("%w: thresholds: bucket %d: %g is no rate", ErrMismatch, i, t.FMR)
		}
		at = t.YawToDeg
	}
	return nil
}

// Threshold returns the threshold for two faces at these angles: that of the bucket of
// the larger |yaw|, the last one's for what lies beyond. It is false if there are none.
func (u Usage) Threshold(a, b pose.Angles) (Threshold, bool) {
	if len(u.Thresholds) == 0 {
		return Threshold{}, false
	}
	yaw := pose.Degrees(max(math.Abs(a.Yaw), math.Abs(b.Yaw)))
	for _, t := range u.Thresholds {
		if yaw < t.YawToDeg {
			return t, true
		}
	}
	return u.Thresholds[len(u.Thresholds)-1], true
}

// strict reads a list of objects with all fields of T, no others, and nothing after the
// list.
func strict[T Gating | Threshold](text string) ([]T, error) {
	var fields []map[string]json.RawMessage
	if err := decode(text, &fields); err != nil {
		return nil, err
	}
	var list []T
	if err := decode(text, &list); err != nil {
		return nil, err
	}
	whole, err := json.Marshal(*new(T))
	if err != nil {
		return nil, err
	}
	var wanted map[string]json.RawMessage
	if err := json.Unmarshal(whole, &wanted); err != nil {
		return nil, err
	}
	for i, have := range fields {
		for name := range wanted {
			if value, ok := have[name]; !ok || string(value) == "null" {
				return nil, fmt.Errorf("element %d has no %q", i, name)
			}
		}
	}
	return list, nil
}

func decode(text string, to any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON")
	}
	return nil
}

package postgres

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// ErrText is for strings and times that PostgreSQL does not keep.
var ErrText = errors.New("postgres: it cannot be kept")

// checkText reports a string that cannot be kept.
func checkText(what, s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: %s %.40q is no UTF-8", ErrText, what, s)
	}
	if strings.ContainsRune(s, 0) {
		return fmt.Errorf("%w: %s %.40q has a NUL byte", ErrText, what, s)
	}
	return nil
}

// checkID reports an ID that cannot be kept.
func checkID(what, id string) error {
	if len(id) > mostOfIDs {
		return fmt.Errorf("%w: %s has %d bytes, at most are %d", ErrText, what, len(id), mostOfIDs)
	}
	return checkText(what, id)
}

// isID tells whether an ID may be there.
func isID(id string) bool { return checkID("", id) == nil }

func checkMetadata(metadata map[string]string) error {
	for k, v := range metadata {
		if err := checkText("a key of the metadata,", k); err != nil {
			return err
		}
		if err := checkText("metadata", v); err != nil {
			return err
		}
	}
	return nil
}

// checkTime reports a time beyond those of the type timestamptz.
func checkTime(t time.Time) error {
	if y := t.UTC().Year(); y < -4700 || y > 294000 {
		return fmt.Errorf("%w: the year %d", ErrText, y)
	}
	return nil
}

func checkPerson(p gallery.Person) error {
	return errors.Join(checkID("the ID", p.ID), checkText("the name", p.Name), checkMetadata(p.Metadata), checkTime(p.Created))
}

func checkFace(f gallery.Face, length int) error {
	if len(f.Feature) != length {
		return fmt.Errorf("%w: its length is %d, want %d", gallery.ErrSample, len(f.Feature), length)
	}
	if err := checkFinite(f.Feature); err != nil {
		return err
	}
	return errors.Join(checkID("the ID", f.ID), checkID("the person's ID", f.Person), checkText("the source", f.Source),
		checkMetadata(f.Metadata), checkTime(f.Created))
}

// checkFinite reports values that no vector has.
func checkFinite(feature []float32) error {
	for _, v := range feature {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("%w: it has the value %g", gallery.ErrSample, v)
		}
	}
	return nil
}

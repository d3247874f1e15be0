// Package photoflags has the flags that all commands with photos share: how faces are
// looked for, how large a photo may be, whether it must be whole, and how a pair is
// decided.
package photoflags

import (
	"errors"
	"flag"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/photos"
	_ "github.com/pifr-go/pifr/fspfm/photos/all" // HEIC and AVIF
)

// Flags are the parsed flags. Their zero values stand for the library's defaults.
type Flags struct {
	Pack string // name or folder

	MinScore     float64
	DetectorSide int
	Small, Turns bool
	MaxPixels    int
	MaxBytes     int
	Whole        bool

	// Notes is where ReadFile says what is odd about a photo; nil is nowhere.
	Notes io.Writer

	DetectorLandmarks bool
	Crops, Decision   string
	Head              bool
}

// Register adds the flags to a command's.
func Register(flags *flag.FlagSet) *Flags {
	f := &Flags{Notes: flags.Output()}
	flags.StringVar(&f.Pack, "pack", "", "pack of models, by its name, or a folder of model files (default "+pack.Default+")")
	flags.Float64Var(&f.MinScore, "min-score", 0, "least score of a face, 0 to 1 (default: the detector's, 0.7 for YuNet)")
	flags.IntVar(&f.DetectorSide, "detector-side", 0, "longer side, in pixels, to which photos are reduced for the detector; -1 for their own size (default 1280)")
	flags.BoolVar(&f.Small, "small", false, "also look for small faces, tile by tile, at the photo's own size; takes longer")
	flags.BoolVar(&f.Turns, "turns", false, "look at the photo turned by 90, 180 and 270 degrees if it shows no face")
	flags.IntVar(&f.MaxPixels, "max-pixels", 0, fmt.Sprintf("largest photo, in pixels; a larger JPEG is reduced (default %d)", face.DefaultMaxPixels))
	flags.IntVar(&f.MaxBytes, "max-bytes", 0, "longest file of a photo, in bytes (default 256 MiB)")
	flags.BoolVar(&f.Whole, "whole", false, "refuse photos of which something is missing, instead of taking what is there")
	flags.BoolVar(&f.DetectorLandmarks, "detector-landmarks", false, "keep the detector's landmarks of turned faces, instead of reading them anew")
	flags.StringVar(&f.Crops, "crops", "", "crops whose features are averaged: one, mirrored, full or full-turned (default: the pack's)")
	flags.StringVar(&f.Decision, "decision", "", "file with crops and thresholds, as evaluate -write-decision writes it (default: the pack's)")
	flags.BoolVar(&f.Head, "with-head", false, "let the pack's head decide, whatever it did on real photos")
	return f
}

// Check reports values that cannot be.
func (f *Flags) Check() error {
	switch {
	case !(f.MinScore >= 0 && f.MinScore <= 1):
		return fmt.Errorf("-min-score %g: want 0 to 1", f.MinScore)
	case f.DetectorSide < -1:
		return fmt.Errorf("-detector-side %d: want pixels, or -1", f.DetectorSide)
	case f.MaxPixels < 0:
		return fmt.Errorf("-max-pixels %d: want pixels", f.MaxPixels)
	case f.MaxBytes < 0:
		return fmt.Errorf("-max-bytes %d: want bytes", f.MaxBytes)
	}
	if err := decision.Crops(f.Crops).Check(); err != nil {
		return fmt.Errorf("-crops: %w", err)
	}
	return nil
}

// Options are what fspfm.Open takes for the flags.
func (f *Flags) Options() ([]fspfm.Option, error) {
	opts := []fspfm.Option{
		fspfm.WithDetector(face.Options{MinScore: f.MinScore, Small: f.Small, Turns: f.Turns}),
		fspfm.WithMaxSide(f.DetectorSide),
		fspfm.WithCrops(decision.Crops(f.Crops)),
	}
	switch {
	case f.Pack == "":
	case slices.Contains(pack.Names(), f.Pack) || filepath.Base(f.Pack) == f.Pack && !isDir(f.Pack):
		opts = append(opts, fspfm.WithPack(f.Pack))
	default:
		opts = append(opts, fspfm.WithPackDir(f.Pack))
	}
	if f.Decision != "" {
		data, err := os.ReadFile(f.Decision)
		if err != nil {
			return nil, err
		}
		d, err := decision.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Decision, err)
		}
		opts = append(opts, fspfm.WithDecision(d))
	}
	if f.DetectorLandmarks {
		opts = append(opts, fspfm.WithDetectorLandmarks())
	}
	if f.Head {
		opts = append(opts, fspfm.WithHeadDeciding())
	}
	return opts, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Read reads a photo within the limits.
func (f *Flags) Read(path string) (*photos.Photo, error) {
	p, err := photos.Open(path, f.Limits())
	if errors.Is(err, photos.ErrTooLarge) {
		err = fmt.Errorf("%w (-max-pixels and -max-bytes raise the limits)", err)
	}
	return p, err
}

// Limits are those of a photo.
func (f *Flags) Limits() photos.Options {
	return photos.Options{MaxPixels: f.MaxPixels, MaxBytes: f.MaxBytes, Whole: f.Whole}
}

// Note is what is odd about a photo; empty if nothing is.
func Note(p *photos.Photo) string {
	var notes []string
	if p.Damage != "" {
		notes = append(notes, "damaged: "+p.Damage)
	}
	if p.Scale > 1 {
		notes = append(notes, fmt.Sprintf("reduced to 1/%d of its sides, to keep to -max-pixels", p.Scale))
	}
	return strings.Join(notes, "; ")
}

// ReadFile reads a photo as Read does, and says what is odd about it.
func (f *Flags) ReadFile(path string) (image.Image, error) {
	p, err := f.Read(path)
	if err != nil {
		return nil, err
	}
	if note := Note(p); note != "" && f.Notes != nil {
		fmt.Fprintf(f.Notes, "%s: %s\n", photos.Name(path), note)
	}
	return p.Image, nil
}

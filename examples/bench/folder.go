package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// folderPhotos is how many photos -what folder takes by default, and folderSizes by how
// many sizes they are fewer.
const folderPhotos, folderTwice = 600, 2

// FolderRow is what one engine made of a folder of photos.
type FolderRow struct {
	Engine string `json:"engine"`
	Sizes  int    `json:"sizes"` // of photos
	Photos int    `json:"photos"`
	Faces  int    `json:"faces"`

	// Seconds are from before the engine is opened until the last photo's features are
	// there; Opened of them until the Recognizer is open.
	Seconds float64 `json:"seconds"`
	Opened  float64 `json:"opened_seconds"`

	// CompiledFirst programs were compiled by the time the Recognizer was open, and
	// Compiled in all.
	CompiledFirst int `json:"compiled_first"`
	Compiled      int `json:"compiled"`

	// Resident is the process's memory in MB after a third, two thirds and all of the
	// photos, and Peak the most that it ever was. They are 0 where the system does not
	// tell.
	Resident [3]float64 `json:"resident_mb"`
	Peak     float64    `json:"peak_mb"`

	Missing string `json:"missing,omitempty"` // why there is no result
}

// rate is in photos per second.
func (r FolderRow) rate() float64 { return float64(r.Photos) / r.Seconds }

// folderReport is what -json writes.
type folderReport struct {
	Machine Machine     `json:"machine"`
	What    string      `json:"what"`
	Rows    []FolderRow `json:"rows"`
}

// runFolder takes every engine through a folder of photos of many sizes, and through the
// same photos at one size, each in a process of its own.
func runFolder(ctx context.Context, o options, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "pifr-bench-")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer os.RemoveAll(dir)
	many := folderOf(o.photos)
	one := many.atOneSize()
	for name, f := range map[string]folder{"many": many, "one": one} {
		if err := f.write(ctx, filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("bench: %w", err)
		}
	}
	report := folderReport{Machine: thisMachine(o.threads), What: o.what}
	fmt.Fprintf(stdout, "%s\n-what folder: %d photos of %d sizes, 4:3, 3:2, 16:9 and square, longer side %d to %d, seed %d; and at %dx%d, which has as many\n"+
		"pixels for the detector. From files to features, opening and compiling included.\n\n", report.Machine, len(many), many.sizes(), leastLong, mostLong, seed, one[0].X, one[0].Y)
	for _, engine := range o.engines {
		for _, name := range []string{"many", "one"} {
			row, err := folderChild(ctx, engine, "", filepath.Join(dir, name), stderr)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				row = FolderRow{Engine: engine, Missing: err.Error()}
			}
			row.Sizes = map[string]int{"many": many.sizes(), "one": 1}[name]
			report.Rows = append(report.Rows, row)
		}
	}
	if err := writeFolder(stdout, report.Rows); err != nil {
		return err
	}
	return saveJSON(o.json, report)
}

// folderFlag tells a process that it is one engine's: engine and folder follow.
const folderFlag = "folder-child"

// folderChild has a process of its own go through a folder, with kernels of at most that
// level.
func folderChild(ctx context.Context, engine, level, dir string, stderr io.Writer) (FolderRow, error) {
	var row FolderRow
	self, err := os.Executable()
	if err != nil {
		return row, err
	}
	c := exec.CommandContext(ctx, self, folderFlag, engine, dir)
	c.Stderr = stderr
	if level != "" {
		c.Env = append(os.Environ(), "PIFR_SIMD="+level)
	}
	out, err := c.Output()
	if err != nil {
		return row, fmt.Errorf("%s: %w", engine, err)
	}
	return row, json.Unmarshal(out, &row)
}

// writeFolder prints a table of pairs of rows: many sizes, and one.
func writeFolder(w io.Writer, rows []FolderRow) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "engine\tsizes\tphotos/s\tof one size\tfaces\tseconds\tto open\tcompiled to open\tthen\tMB at 1/3\t2/3\tend\tpeak\t")
	for i, r := range rows {
		if r.Missing != "" {
			continue
		}
		ratio := "-"
		if r.Sizes > 1 && i+1 < len(rows) && rows[i+1].Missing == "" {
			ratio = fmt.Sprintf("%.2f", r.rate()/rows[i+1].rate())
		}
		fmt.Fprintf(tw, "%s\t%d\t%.2f\t%s\t%d\t%.1f\t%.1f\t%d\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t\n", r.Engine, r.Sizes, r.rate(), ratio, r.Faces, r.Seconds, r.Opened,
			r.CompiledFirst, r.Compiled-r.CompiledFirst, r.Resident[0], r.Resident[1], r.Resident[2], r.Peak)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Missing != "" {
			first, _, _ := strings.Cut(r.Missing, "\n")
			fmt.Fprintf(w, "%s: no result: %s\n", r.Engine, first)
		}
	}
	return nil
}

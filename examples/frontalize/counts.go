package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// counts are what became of the photos, in this run and before.
type counts struct {
	faces, with, blank int // with faces, and without
	before             int // of all, done before
	failed             map[photos.Reason]int
}

func (c *counts) add(o records.Outcome) {
	switch {
	case o.Failed != "":
		c.failed[o.Failed]++
	case o.Faces == 0:
		c.blank++
	default:
		c.with++
		c.faces += o.Faces
	}
}

// summary says it in a line.
func (c *counts) summary(all int) string {
	failed := sum(c.failed)
	text := fmt.Sprintf("%d photos: %d faces in %d; %d without a face, %d failed%s; %d of these done before", all, c.faces, c.with, c.blank, failed, reasons(c.failed), c.before)
	if left := all - c.with - c.blank - failed; left > 0 {
		text += fmt.Sprintf(", %d left to do", left)
	}
	return text
}

// verdict is an error if anything has failed.
func (c *counts) verdict(wrong map[photos.Reason]int) error {
	if sum(c.failed)+sum(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d photos failed%s, %d files or folders were left out%s", errInput, sum(c.failed), reasons(c.failed), sum(wrong), reasons(wrong))
}

func sum(of map[photos.Reason]int) int {
	n := 0
	for _, k := range of {
		n += k
	}
	return n
}

// reasons are counts in brackets, the largest first; nothing for none.
func reasons(of map[photos.Reason]int) string {
	if len(of) == 0 {
		return ""
	}
	var parts []string
	for _, r := range slices.SortedFunc(maps.Keys(of), func(a, b photos.Reason) int {
		if of[a] != of[b] {
			return of[b] - of[a]
		}
		return strings.Compare(string(a), string(b))
	}) {
		parts = append(parts, fmt.Sprintf("%d %s", of[r], r))
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// Package terminal draws on a terminal how far something is.
package terminal

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Is tells whether a writer is a terminal on which a line can be drawn again.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// Bar is a bar of this many characters between brackets, filled as far as done is of all.
func Bar(width int, done, all int64) string {
	full := int(int64(width) * min(max(done, 0), all) / max(all, 1))
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", width-full) + "]"
}

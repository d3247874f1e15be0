// Package tell is how commands tell a person how far they are.
package tell

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// Teller tells how far something is: on a terminal, one line that is written over;
// elsewhere, a line now and then.
type Teller struct {
	out      io.Writer
	terminal bool
	width    int // of what is on the terminal's line
}

// New returns a Teller that writes to out.
func New(out io.Writer) *Teller {
	t := &Teller{out: out}
	if f, ok := out.(*os.File); ok && os.Getenv("TERM") != "dumb" {
		t.terminal = term.IsTerminal(int(f.Fd()))
	}
	return t
}

// The time between two lines, and between two drawings of the bar.
const linePause, barPause = 10 * time.Second, 200 * time.Millisecond

// cells is the length of the bar.
const cells = 30

// Of returns the function that is to be called as some work goes on, first after its
// first part: from there the time that is left is reckoned.
func (t *Teller) Of(what string) func(done, all int) {
	var began, last time.Time
	first := 0
	pause := linePause
	if t.terminal {
		pause = barPause
	}
	return func(done, all int) {
		now := time.Now()
		if began.IsZero() {
			began, last, first = now, now, done
		}
		if now.Sub(last) < pause && (done < all || done == first) {
			return
		}
		last = now
		each := float64(now.Sub(began)) / float64(max(done-first, 1))
		rate := 0.0 // not known yet
		if done > first {
			rate = float64(time.Second) / each
		}
		t.tell(what, done, all, rate, time.Duration(each*float64(all-done)))
	}
}

func (t *Teller) tell(what string, done, all int, rate float64, left time.Duration) {
	text := fmt.Sprintf("%s: %d of %d", what, done, all)
	if rate > 0 {
		text += fmt.Sprintf(", %.3g/s", rate)
	}
	text += fmt.Sprintf(", %s left", left.Round(time.Second))
	if !t.terminal {
		fmt.Fprintln(t.out, text)
		return
	}
	filled := cells * done / max(all, 1)
	t.clear()
	text = fmt.Sprintf("[%s%s] %s", strings.Repeat("=", filled), strings.Repeat(" ", cells-filled), text)
	t.width = len(text)
	fmt.Fprint(t.out, text)
	if done >= all {
		fmt.Fprintln(t.out)
		t.width = 0
	}
}

// Printf writes a line of its own in place of the bar.
func (t *Teller) Printf(format string, args ...any) {
	t.clear()
	fmt.Fprintf(t.out, format+"\n", args...)
}

// Close ends the line of a bar that has not come to its end.
func (t *Teller) Close() {
	if t.width > 0 {
		fmt.Fprintln(t.out)
		t.width = 0
	}
}

// clear empties the terminal's line.
func (t *Teller) clear() {
	if t.width > 0 {
		fmt.Fprintf(t.out, "\r%s\r", strings.Repeat(" ", t.width))
		t.width = 0
	}
}

package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// teller says how far something is: on a terminal a line that is overwritten, elsewhere a
// line now and then.
type teller struct {
	out      io.Writer
	terminal bool
	began    time.Time
	what     string
	last     time.Time
}

func newTeller(out io.Writer) *teller {
	t := &teller{out: out}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			t.terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return t
}

// say reports that done of all are done.
func (t *teller) say(what string, done, all int) {
	now := time.Now()
	if what != t.what {
		t.what, t.began, t.last = what, now, now
	}
	pause := 15 * time.Second
	if t.terminal {
		pause = 200 * time.Millisecond
	}
	if now.Sub(t.last) < pause && done < all {
		return
	}
	t.last = now
	left := time.Duration(float64(now.Sub(t.began)) * float64(all-done) / float64(max(done, 1))).Round(time.Second)
	if t.terminal {
		fmt.Fprintf(t.out, "\r%s: %d of %d, %s left   ", what, done, all, left)
		if done >= all {
			fmt.Fprintln(t.out)
		}
		return
	}
	fmt.Fprintf(t.out, "%s: %d of %d, %s left\n", what, done, all, left)
}

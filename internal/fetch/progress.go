package fetch

import (
	"fmt"
	"io"
	"time"

	"github.com/pifr-go/pifr/internal/terminal"
)

// progress reports a download: a bar that is redrawn on a terminal, a line at every
// quarter elsewhere.
type progress struct {
	out      io.Writer
	label    string
	total    int64
	terminal bool
	drawn    time.Time
	quarter  int64
}

func newProgress(out io.Writer, label string, total int64) *progress {
	p := &progress{out: out, label: label, total: total, terminal: terminal.Is(out)}
	if !p.terminal {
		fmt.Fprintf(out, "downloading %s, %s\n", label, megabytes(total))
	}
	return p
}

// set reports that n bytes have arrived.
func (p *progress) set(n int64) {
	n = min(n, p.total)
	if p.terminal {
		if time.Since(p.drawn) >= 100*time.Millisecond {
			p.draw(n)
		}
		return
	}
	if q := 4 * n / max(p.total, 1); q > p.quarter && q < 4 {
		p.quarter = q
		fmt.Fprintf(p.out, "%s: %d %% of %s\n", p.label, 25*q, megabytes(p.total))
	}
}

// done ends the report.
func (p *progress) done(ok bool) {
	if p.terminal {
		if ok {
			p.draw(p.total)
		}
		fmt.Fprintln(p.out)
	}
}

func (p *progress) draw(n int64) {
	p.drawn = time.Now()
	fmt.Fprintf(p.out, "\r%s %s %s of %s ", p.label, terminal.Bar(30, n, p.total), megabytes(n), megabytes(p.total))
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

package run

import (
	"fmt"
	"io"
	"time"

	"github.com/pifr-go/pifr/internal/terminal"
)

// progress tells a person how a run gets on: a bar that is redrawn on a terminal,
// elsewhere a line from time to time.
type progress struct {
	out      io.Writer // nil keeps silent
	terminal bool
	total    int // steps of the run
	batch    int // samples of a step
	first    int // step at which this process began
	began    time.Time
	told     time.Time
	now      func() time.Time
}

// lineEvery is the time between two lines, where there is no terminal, barEvery that
// between two drawings of the bar.
const (
	lineEvery = 10 * time.Second
	barEvery  = 200 * time.Millisecond
)

func newProgress(out io.Writer, first, total, batch int) *progress {
	p := &progress{out: out, total: total, batch: batch, first: first, now: time.Now, terminal: terminal.Is(out)}
	p.began = p.now()
	return p
}

// speed is the number of samples per second since this process began; done is the number
// of steps that lie behind.
func (p *progress) speed(done int) float64 {
	seconds := p.now().Sub(p.began).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64((done-p.first)*p.batch) / seconds
}

// tell reports after a step.
func (p *progress) tell(done int, v Values, lr float64) {
	if p.out == nil {
		return
	}
	pause := lineEvery
	if p.terminal {
		pause = barEvery
	}
	if now := p.now(); now.Sub(p.told) >= pause || done == p.total {
		p.told = now
		p.draw(done, v, lr)
	}
}

func (p *progress) draw(done int, v Values, lr float64) {
	left := "?"
	if speed := p.speed(done); speed > 0 {
		left = time.Duration(float64((p.total-done)*p.batch) / speed * float64(time.Second)).Round(time.Second).String()
	}
	text := fmt.Sprintf("step %d of %d, loss %.4f, rate %.2g, %.0f images/s, %s left", done, p.total, v["loss"], lr, p.speed(done), left)
	if !p.terminal {
		fmt.Fprintln(p.out, text)
		return
	}
	fmt.Fprintf(p.out, "\r%s %s  ", terminal.Bar(24, int64(done), int64(p.total)), text)
}

// line writes a line of its own, below a bar that may stand there.
func (p *progress) line(format string, args ...any) {
	if p.out == nil {
		return
	}
	if p.terminal {
		fmt.Fprintln(p.out)
	}
	fmt.Fprintf(p.out, format+"\n", args...)
}

// close ends the bar's line.
func (p *progress) close() {
	if p.out != nil && p.terminal {
		fmt.Fprintln(p.out)
	}
}

package backend

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// Choice is the engine that Open("") opens, and why.
type Choice struct {
	Name   string
	Reason string

	// Measured says that there were other engines to choose from, and that the choice was
	// made by how fast they are.
	Measured bool
}

// String is one line.
func (c Choice) String() string { return c.Name + ": " + c.Reason }

// Default says which engine Open("") opens: the one that PIFR_BACKEND names, or else, of
// those that are linked and have nothing left to install, the one that took the least
// time to make features of a dozen photos, from nothing, when that was measured on a
// machine of this architecture:
//
//	go run -tags onnx ./examples/bench -what choice -json backend/measured.json
//
// The time has the compilation of networks in it, which on XLA is most of it. Nothing is
// measured now, so that the choice is the same each time. On an architecture without
// measurements it is gonum, which needs nothing.
func Default() Choice {
	if name := os.Getenv(Env); name != "" {
		return Choice{Name: name, Reason: "the environment variable " + Env + " names it"}
	}
	var found []engineTime
	for _, m := range measured() {
		if d, config, err := lookup(m.Engine); m.Arch == runtime.GOARCH && err == nil && m.Level == levelOf(d) && d.Status(config).Ready {
			found = append(found, m)
		}
	}
	return choose(found)
}

// engineTime is a line of measured.json.
type engineTime struct {
	Arch   string `json:"arch"`
	Engine string `json:"engine"`
	// Level is the set of instructions that the engine was held to, for engines that have
	// several.
	Level   string  `json:"level,omitempty"`
	Photos  int     `json:"photos"`
	Seconds float64 `json:"seconds"`
	CPU     string  `json:"cpu"`
	Cores   int     `json:"cores"`
}

//go:embed measured.json
var measuredFile []byte

// measured reads the committed file, which a test holds to be well-formed.
func measured() (all []engineTime) {
	_ = json.Unmarshal(measuredFile, &all)
	return all
}

// choose returns the fastest.
func choose(found []engineTime) Choice {
	if len(found) == 0 {
		return Choice{Name: "gonum", Reason: "it needs nothing, and no engine here was measured on " + runtime.GOARCH}
	}
	slices.SortStableFunc(found, func(a, b engineTime) int { return cmp.Compare(a.Seconds, b.Seconds) })
	best := found[0]
	if len(found) == 1 {
		return Choice{Name: best.Engine, Reason: "no other engine that was measured is linked and ready"}
	}
	times := make([]string, len(found))
	for i, m := range found {
		times[i] = fmt.Sprintf("%s %.1f s", m.Engine, m.Seconds)
	}
	return Choice{Name: best.Engine, Measured: true, Reason: fmt.Sprintf("%d photos from nothing to features took %s (%s, %d cores)",
		best.Photos, strings.Join(times, ", "), best.CPU, best.Cores)}
}

// Leveled is what a Driver implements if its engine has kernels for several sets of
// instructions.
type Leveled interface {
	// Level names the one that the engine uses on this machine.
	Level() string
}

// Level returns which set of instructions an engine uses, by the engine's name; "" where
// the driver does not tell, or is not there.
func Level(name string) string {
	d, _, err := lookup(name)
	if err != nil {
		return ""
	}
	return levelOf(d)
}

func levelOf(d Driver) string {
	if l, ok := d.(Leveled); ok {
		return l.Level()
	}
	return ""
}

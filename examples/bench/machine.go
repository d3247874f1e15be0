package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// Machine is what figures depend on.
type Machine struct {
	CPU      string   `json:"cpu"`
	Cores    int      `json:"cores"` // that Go uses
	Threads  int      `json:"peer_threads"`
	OS       string   `json:"os"`
	Arch     string   `json:"arch"`
	Go       string   `json:"go"`
	Kernels  string   `json:"kernels,omitempty"` // PIFR_SIMD, where it lowers those of gonum
	Versions []string `json:"versions"`          // of the modules that compute
}

// modules whose versions are reported.
var modules = []string{"github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla",
	"github.com/gomlx/compute-onnx", "gonum.org/v1/gonum"}

// thisMachine describes the machine and the program.
func thisMachine(threads int) Machine {
	m := Machine{CPU: cpuName(), Cores: runtime.GOMAXPROCS(0), Threads: threads, OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(), Kernels: os.Getenv("PIFR_SIMD")}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if slices.Contains(modules, d.Path) {
				m.Versions = append(m.Versions, d.Path[strings.LastIndex(d.Path, "/")+1:]+" "+d.Version)
			}
		}
	}
	return m
}

// String is the first lines of a table.
func (m Machine) String() string {
	kernels := ""
	if m.Kernels != "" {
		kernels = ", PIFR_SIMD=" + m.Kernels
	}
	return fmt.Sprintf("%s, %d cores (peers: %d threads), %s/%s, %s%s\n%s",
		m.CPU, m.Cores, m.Threads, m.OS, m.Arch, m.Go, kernels, strings.Join(m.Versions, ", "))
}

// cpuName reads the processor's name where the system has a file of it.
func cpuName() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

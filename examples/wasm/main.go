// Wasm makes a static page on which the library runs in the browser alone: photos never
// leave the machine, and there is no server but one that gives out files.
//
//	go run ./examples/wasm            # makes the page, and shows it at 127.0.0.1:8080
//	go run ./examples/wasm -out DIR   # makes it in DIR, for any web server
//
// The folder has the program (engine, compiled for js/wasm), the models of a pack, the
// page, and two photos to try. Every file lies there twice, as it is and compressed with
// gzip, for servers that give those out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/pifr-go/pifr/examples/internal/interrupt"
	"github.com/pifr-go/pifr/fspfm/pack"
)

type options struct {
	out, pack, addr string
	stdout, stderr  io.Writer
}

func main() {
	ctx, stop := interrupt.Context(os.Stderr)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "wasm:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o := options{stdout: stdout, stderr: stderr}
	flags := flag.NewFlagSet("wasm", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.out, "out", "", "folder to make the page in, and end; empty for one that lasts as long as the page is shown")
	flags.StringVar(&o.pack, "pack", pack.Default, "pack of models")
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8080", "where to show the page")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is one argument too many", flags.Arg(0))
	}
	if o.out != "" {
		return o.build(ctx, o.out)
	}
	dir, err := os.MkdirTemp("", "wasm")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("tcp", o.addr) // before the work, in case the address is taken
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := o.build(ctx, dir); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "http://%s\n", listener.Addr())
	return serve(ctx, listener, dir)
}

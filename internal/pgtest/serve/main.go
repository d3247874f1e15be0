// Serve runs the server of the tests until it is interrupted, for benchmarks and for
// looking around. It prints the URL of its database. Arguments are settings:
//
//	go run ./internal/pgtest/serve shared_buffers=1GB maintenance_work_mem=1GB
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/pifr-go/pifr/internal/pgtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, settings []string) error {
	s, err := pgtest.New(ctx, settings...)
	if err != nil {
		return err
	}
	fmt.Println(s.URL("postgres"))
	<-ctx.Done()
	return s.Close()
}

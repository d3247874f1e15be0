// Package interrupt is how commands end when a person or the system asks them to, by
// SIGINT (Control-C) or SIGTERM.
package interrupt

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Grace is how long a command may take to end by itself: less than the five seconds after
// which people and service managers lose patience.
const Grace = 3 * time.Second

// Status is the exit status of a command that did not.
const Status = 1

// Context returns a context that ends with the first signal. What has not ended by itself
// when Grace is over, or at a second signal, is ended in the middle: the engines' runs
// cannot be broken off, and one may take longer. That does no harm to files, which all
// commands write so that kill -9 does none. Stop is called when the command is done.
func Context(stderr io.Writer) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
		case <-done:
			return
		}
		cancel()
		timer := time.NewTimer(Grace)
		defer timer.Stop()
		select {
		case <-done:
			return
		case <-signals:
		case <-timer.C:
		}
		fmt.Fprintln(stderr, "ended in the middle of its work, as asked: what was written before is whole")
		os.Exit(Status)
	}()
	return ctx, sync.OnceFunc(func() {
		signal.Stop(signals)
		close(done)
		cancel()
	})
}

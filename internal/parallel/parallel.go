// Package parallel runs calls that are independent of each other on all processors.
//
//	err := parallel.Each(ctx, len(photos), func(ctx context.Context, i int) error { ... }, nil)
package parallel

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Each calls f for 0 to n-1, as many at once as there are processors. Done, if it is not
// nil, is called after each that has not failed, one at a time, with how many there are by
// then. No more calls begin after one has failed or the context has ended, which ends that
// of the others too; Each waits for them, and returns the first error.
func Each(ctx context.Context, n int, f func(ctx context.Context, i int) error, done func(ready int)) error {
	group, alive := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var progress sync.Mutex
	ready := 0
	for i := 0; i < n && alive.Err() == nil; i++ {
		group.Go(func() error {
			if err := f(alive, i); err != nil || done == nil {
				return err
			}
			progress.Lock()
			defer progress.Unlock()
			ready++
			done(ready)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

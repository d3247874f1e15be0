package turned

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// inParallel calls f for 0 to n-1 on all processors, until a call fails, and done after
// each, one at a time, with how many there were.
func inParallel(ctx context.Context, n int, done func(int), f func(ctx context.Context, k int) error) error {
	group, alive := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var progress sync.Mutex
	ready := 0
	for k := 0; k < n && alive.Err() == nil; k++ {
		group.Go(func() error {
			if err := f(alive, k); err != nil {
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

// tell reports progress, if somebody wants to know.
func (c Config) tell(done, all int) {
	if c.Progress != nil {
		c.Progress(done, all)
	}
}

package turned

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls f for 0 to n-1 on all processors, until one call of each fails, and
// done after each, one at a time, with how many there were.
func inParallel(n int, done func(int), f func(k int) error) error {
	errs := make([]error, max(runtime.GOMAXPROCS(0), 1))
	var next, ready atomic.Int64
	var progress sync.Mutex
	var all sync.WaitGroup
	for w := range errs {
		all.Go(func() {
			for k := int(next.Add(1)) - 1; k < n && errs[w] == nil; k = int(next.Add(1)) - 1 {
				errs[w] = f(k)
				progress.Lock()
				done(int(ready.Add(1)))
				progress.Unlock()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// tell reports progress, if somebody wants to know.
func (c Config) tell(done, all int) {
	if c.Progress != nil {
		c.Progress(done, all)
	}
}

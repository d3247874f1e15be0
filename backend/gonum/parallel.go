package gonum

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls fn(i) once for each i in [0, n), on up to GOMAXPROCS goroutines, and
// returns when all are done. The goroutines end with the call, so that nothing is left
// running between executions. The caller waits and takes no part: while it worked, an idle
// core would leave the goroutine begun last to the caller's core for 3 µs (runqgrab in Go's
// runtime), which Linux makes more than 50 of.
//
// The order of calls is undefined: fn must write to places of its own, and results must
// not depend on the order.
func parallel(n int, fn func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			fn(i)
		}
		return
	}
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			fn(i)
		}
	}
	var wait sync.WaitGroup
	for range workers {
		wait.Go(work)
	}
	wait.Wait()
}

// spans cuts [0, n) into pieces of the given grain and runs them in parallel. The cut
// depends on n and grain alone.
func spans(n, grain int, fn func(lo, hi int)) {
	if n <= grain {
		if n > 0 {
			fn(0, n)
		}
		return
	}
	parallel((n+grain-1)/grain, func(i int) { fn(i*grain, min(n, (i+1)*grain)) })
}

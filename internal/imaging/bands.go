package imaging

import (
	"runtime"
	"sync"
)

// bandWork is about how many samples a goroutine has to be worth: some tenths of a
// millisecond's work.
const bandWork = 1 << 18

// bands cuts rows, of that many samples each, into bands for as many goroutines as there
// are cores, if that is worth it, and returns when all are done. The bands of a picture
// do not depend on each other.
func bands(rows, samples int, do func(first, last int)) {
	n := min(runtime.GOMAXPROCS(0), rows*samples/bandWork)
	if n < 2 {
		do(0, rows)
		return
	}
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { do(i*rows/n, (i+1)*rows/n) })
	}
	running.Wait()
}

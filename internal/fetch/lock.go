package fetch

import (
	"context"
	"fmt"
	"time"
)

// lock takes the lock file, waiting until ctx ends; waiting is called once if there is
// something to wait for. The file stays behind when the lock is released: removing it
// would let two processes hold locks on two files of the same name.
func lock(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for first := true; ; first = false {
		unlock, ok, err := tryLock(path)
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if ok {
			return unlock, nil
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for %s: %w", path, ctx.Err())
		case <-tick.C:
		}
	}
}

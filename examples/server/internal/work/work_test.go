package work

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestQueue fills a queue: two run, three wait, the sixth is refused, and one who does not
// want to wait any more makes room.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, end := NewQueue(2, 3), make(chan struct{})
		var most, now atomic.Int64
		work := func() error {
			most.Store(max(most.Load(), now.Add(1)))
			<-end
			now.Add(-1)
			return nil
		}
		impatient, leave := context.WithCancel(t.Context())
		var done sync.WaitGroup
		for i := range 5 {
			ctx := t.Context()
			if i == 4 {
				ctx = impatient
			}
			done.Go(func() {
				if err := q.Do(ctx, work); err != nil {
					require.ErrorIs(t, err, context.Canceled)
				}
			})
			synctest.Wait()
		}
		running, waiting := q.Lengths()
		require.Equal(t, []int{2, 3}, []int{running, waiting})
		require.ErrorIs(t, q.Do(t.Context(), work), ErrFull)
		leave()
		synctest.Wait()
		done.Go(func() { require.NoError(t, q.Do(t.Context(), work)) })
		synctest.Wait()
		close(end)
		done.Wait()
		require.EqualValues(t, 2, most.Load())
		running, waiting = q.Lengths()
		require.Zero(t, running+waiting)
	})
}

func TestBudget(t *testing.T) {
	b := NewBudget(10)
	give, err := b.Take(6)
	require.NoError(t, err)
	_, err = b.Take(5)
	require.ErrorIs(t, err, ErrFull)
	give()
	give()
	require.Zero(t, b.Used())
	_, err = b.Take(10)
	require.NoError(t, err)
}

// TestRates: users have their own rates, and a crowd of them takes no memory.
func TestRates(t *testing.T) {
	r, now := NewRates(2, 3), time.Unix(1e9, 0)
	ask := func(user string) bool { _, ok := r.Take(user, now); return ok }
	require.Equal(t, []bool{true, true, true, false}, []bool{ask("a"), ask("a"), ask("a"), ask("a")})
	wait, _ := r.Take("a", now)
	require.Equal(t, 500*time.Millisecond, wait)
	require.True(t, ask("b"))
	now = now.Add(wait)
	require.Equal(t, []bool{true, false}, []bool{ask("a"), ask("a")})
	for i := range 3 * mostUsers {
		ask(fmt.Sprint("crowd ", i))
	}
	require.LessOrEqual(t, len(r.users), mostUsers+1)
	_, ok := NewRates(0, 0).Take("a", now)
	require.True(t, ok)
}

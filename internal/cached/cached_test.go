package cached

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func Example() {
	c := New[int, string](2)
	for _, n := range []int{1, 2, 1, 3, 1, 2} {
		word, _ := c.Get(n, func() (string, error) {
			fmt.Print("made ", n, ", ")
			return fmt.Sprint("number ", n), nil
		})
		fmt.Println(word)
	}
	// Output:
	// made 1, number 1
	// made 2, number 2
	// number 1
	// made 3, number 3
	// number 1
	// made 2, number 2
}

func TestErrorIsNotKept(t *testing.T) {
	c := New[string, int](4)
	fault := errors.New("fault")
	_, err := c.Get("a", func() (int, error) { return 0, fault })
	require.ErrorIs(t, err, fault)
	n, err := c.Get("a", func() (int, error) { return 7, nil })
	require.NoError(t, err)
	require.Equal(t, 7, n)
	n, err = c.Get("a", func() (int, error) { return 8, nil })
	require.NoError(t, err)
	require.Equal(t, 7, n)
}

func TestMadeOnce(t *testing.T) {
	c := New[int, int](10)
	var made atomic.Int32
	var running sync.WaitGroup
	for i := range 100 {
		running.Go(func() {
			n, err := c.Get(i%10, func() (int, error) {
				made.Add(1)
				return i % 10, nil
			})
			if err != nil || n != i%10 {
				t.Errorf("%d: got %d, %v", i%10, n, err)
			}
		})
	}
	running.Wait()
	require.EqualValues(t, 10, made.Load())
}

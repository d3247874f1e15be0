package photos

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// pictures writes as many as there are sizes, JPEG and PNG in turns.
func pictures(t *testing.T, sizes ...image.Point) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i, size := range sizes {
		var b bytes.Buffer
		m := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
		name := string(rune('a'+i)) + ".jpg"
		if i%2 == 1 {
			name = string(rune('a'+i)) + ".png"
			require.NoError(t, png.Encode(&b, m))
		} else {
			require.NoError(t, jpeg.Encode(&b, m, nil))
		}
		paths = append(paths, filepath.Join(dir, name))
		require.NoError(t, os.WriteFile(paths[i], b.Bytes(), 0o600))
	}
	return paths
}

// TestQueue_bound holds the memory that is accounted for to the bound, with readers in the
// wrong order and photos that stay open until others wait for them.
func TestQueue_bound(t *testing.T) {
	sizes := make([]image.Point, 24)
	for i := range sizes {
		sizes[i] = image.Pt(500, 400+i)
	}
	q := NewQueue(pictures(t, sizes...), Options{}, leastQueue)
	photos := make(chan *Photo, 3)
	most := int64(0)
	for i := len(sizes) - 1; i >= 0; i-- {
		go func() {
			p, err := q.Open(t.Context(), i)
			if err != nil {
				p = nil
			}
			q.mu.Lock()
			most = max(most, q.used)
			q.mu.Unlock()
			photos <- p
		}()
	}
	for range sizes {
		require.NotNil(t, <-photos)
	}
	require.LessOrEqual(t, most, q.bytes)
	require.Greater(t, most, q.bytes/4, "several at once")
	for q.isUsed() {
		runtime.GC()
	}
}

func (q *Queue) isUsed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.used > 0
}

// TestQueue_large: what is larger than the bound is reduced, or refused.
func TestQueue_large(t *testing.T) {
	large := image.Pt(1500, 1000)
	paths := append(pictures(t, large, large, image.Pt(1, 1)), filepath.Join(t.TempDir(), "none\n"))
	q := NewQueue(paths, Options{}, leastQueue)
	p, err := q.Open(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 2, p.Scale)
	_, err = q.Open(t.Context(), 1)
	require.ErrorIs(t, err, ErrTooLarge)
	require.Equal(t, TooLarge, ReasonOf(err))
	p, err = q.Open(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, image.Pt(1, 1), p.Image.Bounds().Size())
	_, err = q.Open(t.Context(), 3)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Equal(t, Missing, ReasonOf(err))
	require.NotContains(t, err.Error(), "\n")
}

// TestQueue_canceled: a call that waits for its turn or for room ends with its context.
func TestQueue_canceled(t *testing.T) {
	paths := pictures(t, image.Pt(600, 600), image.Pt(600, 600))
	q := NewQueue(paths, Options{}, leastQueue)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := q.Open(ctx, 1)
		failed <- err
	}()
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	q.used = q.bytes // of photos that stay
	ctx, cancel = context.WithCancel(t.Context())
	go func() {
		_, err := q.Open(ctx, 0)
		failed <- err
	}()
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
}

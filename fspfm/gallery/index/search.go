package index

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/pifr-go/pifr/backend/gonum/inner"
)

// Hit is a feature that was found.
type Hit struct {
	ID     int64
	Cosine float32
}

// rowsOfPart is how many features are compared at a time: their cosines stay in the
// second-level cache until the highest are picked.
const rowsOfPart = 512

// mostQueries is how many queries go through the features together.
const mostQueries = 64

// Search returns for each query the k features of the highest cosine, or as many as there
// are, the highest first. Queries are [n, length], of unit length. The context is looked
// at between parts of some thousand features. The error wraps ErrLength or is the
// context's.
func (x *Index) Search(ctx context.Context, queries []float32, k int) ([][]Hit, error) {
	if len(queries)%x.length != 0 {
		return nil, fmt.Errorf("%w: %d values are no queries of length %d", ErrLength, len(queries), x.length)
	}
	if k < 0 {
		return nil, fmt.Errorf("index: no search for the %d nearest", k)
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	all := make([][]Hit, 0, len(queries)/x.length)
	for len(queries) > 0 {
		n := min(len(queries), mostQueries*x.length)
		some, err := x.search(ctx, inner.New(queries[:n], x.length), min(k, len(x.places)))
		if err != nil {
			return nil, fmt.Errorf("index: search: %w", err)
		}
		all, queries = append(all, some...), queries[n:]
	}
	return all, nil
}

// search shares the chunks out to goroutines. Each keeps the best that it has seen, and
// the best of all are the best of these.
func (x *Index) search(ctx context.Context, q *inner.Queries, k int) ([][]Hit, error) {
	workers := max(1, min(runtime.GOMAXPROCS(0), len(x.chunks)))
	found := make([][]nearest, workers)
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range workers {
		found[w] = newNearest(q.Len(), k)
		wait.Go(func() {
			out := make([]float32, rowsOfPart*q.Len())
			for i := int(next.Add(1)) - 1; i < len(x.chunks) && ctx.Err() == nil && k > 0; i = int(next.Add(1)) - 1 {
				x.searchChunk(x.chunks[i], q, out, found[w])
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	hits := make([][]Hit, q.Len())
	for j := range hits {
		for w := 1; w < workers; w++ {
			found[0][j].merge(&found[w][j])
		}
		hits[j] = found[0][j].sorted()
	}
	return hits, nil
}

// searchChunk goes through the features of a chunk.
func (x *Index) searchChunk(c *chunk, q *inner.Queries, out []float32, best []nearest) {
	for first := 0; first < len(c.ids); first += rowsOfPart {
		n := min(rowsOfPart, len(c.ids)-first)
		part := out[:n*q.Len()]
		if x.form == Int8 {
			q.ProductsInt8(part, c.small[first*x.length:(first+n)*x.length], c.scales[first:first+n])
		} else {
			q.Products(part, c.values[first*x.length:(first+n)*x.length])
		}
		for i, id := range c.ids[first : first+n] {
			for j, cosine := range part[i*len(best) : (i+1)*len(best)] {
				if cosine >= best[j].least {
					best[j].offer(Hit{ID: id, Cosine: cosine})
				}
			}
		}
	}
}

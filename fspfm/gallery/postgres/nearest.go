package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// Nearest implements gallery.Store. The searches are sent together and done one after the
// other; an exact one goes through all faces.
func (s *Store) Nearest(ctx context.Context, features [][]float32, k int) ([][]gallery.Neighbor, error) {
	if s.closed.Load() {
		return nil, gallery.ErrClosed
	}
	if k < 0 {
		return nil, fmt.Errorf("postgres: no search for the %d nearest", k)
	}
	for _, f := range features {
		if want := s.Models().FeatureLen; len(f) != want {
			return nil, fmt.Errorf("%w: length %d, want %d", gallery.ErrSample, len(f), want)
		}
		if err := checkFinite(f); err != nil {
			return nil, err
		}
	}
	out := make([][]gallery.Neighbor, len(features))
	if k == 0 || len(features) == 0 {
		return out, nil
	}
	t, _, err := s.begin(ctx, beginReading)
	if err != nil {
		return nil, err
	}
	defer rollback(ctx, t) // nothing was changed
	for first := 0; first < len(features); first += maxInQueue {
		last := min(first+maxInQueue, len(features))
		if err := s.nearest(ctx, t, features[first:last], k, out[first:last]); err != nil {
			return nil, s.translate(ctx, err)
		}
	}
	return out, nil
}

func (s *Store) nearest(ctx context.Context, t pgx.Tx, features [][]float32, k int, out [][]gallery.Neighbor) error {
	batch := &pgx.Batch{}
	approximately := s.options.HNSW != nil && k <= mostEfSearch
	if approximately {
		ef := strconv.Itoa(max(s.options.HNSW.EfSearch, k))
		batch.Queue("SELECT set_config('hnsw.ef_search', $1, true)", ef).QueryRow(func(pgx.Row) error { return nil })
	}
	query := s.names.sql(search(k, approximately))
	for i, f := range features {
		batch.Queue(query, pgvector.NewVector(f)).Query(func(rows pgx.Rows) (err error) {
			out[i], err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (n gallery.Neighbor, err error) {
				return n, row.Scan(&n.Face, &n.Person, &n.Cosine)
			})
			return err
		})
	}
	return t.SendBatch(ctx, batch).Close()
}

// search is the query for the k nearest. An exact one orders by a sum, which no index
// has: one may be there, of another program.
func search(k int, approximately bool) string {
	exactly := " + 0"
	if approximately {
		exactly = ""
	}
	return fmt.Sprintf(`SELECT id, person, -minus FROM (
		SELECT id, person, (feature OPERATOR({v}.<#>) $1)%s AS minus FROM {s}.faces ORDER BY minus LIMIT %d
	) AS nearest ORDER BY minus`, exactly, k)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pgvector/pgvector-go"

	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

func init() {
	register.DoFn3x1[context.Context, int, func(*[]byte) bool, error](&insert{})
}

// prepare makes the table, unless it is there. The index for searches is left to whoever
// searches: it is faster made once everything is in.
func prepare(ctx context.Context, url string, length int) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, fmt.Sprintf(`
		CREATE EXTENSION IF NOT EXISTS vector;
		CREATE TABLE IF NOT EXISTS faces (
			file bytea NOT NULL, face int NOT NULL, fingerprint text NOT NULL,
			record jsonb NOT NULL, feature vector(%d),
			PRIMARY KEY (file, face))`, length))
	if err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	return nil
}

// insert puts the records of a place into the table faces, in one transaction. Those of
// the same photos that are there already are replaced, so that a second try changes
// nothing.
type insert struct {
	URL string

	pool *pgxpool.Pool
}

// Setup opens the connection.
func (i *insert) Setup(ctx context.Context) (err error) {
	i.pool, err = pgxpool.New(ctx, i.URL)
	return err
}

// Teardown closes it.
func (i *insert) Teardown() {
	if i.pool != nil {
		i.pool.Close()
	}
}

// ProcessElement inserts the records of one place.
func (i *insert) ProcessElement(ctx context.Context, shard int, next func(*[]byte) bool) error {
	all, err := collected(next)
	if err != nil {
		return err
	}
	rows, err := rowsOf(all)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, i.pool, func(tx pgx.Tx) error {
		files := make([][]byte, 0, len(all))
		for _, r := range all {
			files = append(files, []byte(r.File))
		}
		if _, err := tx.Exec(ctx, `DELETE FROM faces WHERE file = ANY($1)`, files); err != nil {
			return err
		}
		var batch pgx.Batch
		for _, row := range rows {
			batch.Queue(`INSERT INTO faces (file, face, fingerprint, record, feature) VALUES ($1, $2, $3, $4, $5)`, row...)
		}
		return tx.SendBatch(ctx, &batch).Close()
	})
	if err != nil {
		return fmt.Errorf("postgres: records of place %d: %w", shard, err)
	}
	return nil
}

// rowsOf are the records as rows of the table. The feature is kept once, and so are the
// bytes of a name that is not UTF-8.
func rowsOf(all []records.Record) (rows [][]any, err error) {
	for _, r := range all {
		var feature any
		if r.Feature != nil {
			feature = pgvector.NewVector(r.Feature)
		}
		file := []byte(r.File)
		fingerprint := r.Made.Fingerprint
		r.Feature = nil
		r.File = photos.Name(strings.ToValidUTF8(string(r.File), "\uFFFD")) // jsonb takes no other
		text, e := json.Marshal(r)
		err = errors.Join(err, e)
		rows = append(rows, []any{file, r.Face, fingerprint, string(text), feature})
	}
	return rows, err
}

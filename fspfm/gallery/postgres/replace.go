package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// pageOfReplace is how many faces are read at a time.
const pageOfReplace = 200

// Replace implements gallery.Store, in one transaction. Changes wait until it is done;
// who reads goes on, but for the moment in which the tables are exchanged. Other
// programs get gallery.ErrModels then, and have to open the store anew.
func (s *Store) Replace(ctx context.Context, models gallery.Models, again func(gallery.Face) ([]float32, error)) error {
	if s.closed.Load() {
		return gallery.ErrClosed
	}
	if _, err := s.options.fill(models.FeatureLen); err != nil {
		return err
	}
	t, made, err := s.begin(ctx, beginReplacing)
	if err != nil {
		return err
	}
	defer rollback(ctx, t) // does nothing after a commit
	// A table of this connection alone, which is in no log.
	_, err = t.Exec(ctx, s.names.sql(forLength(`CREATE TEMPORARY TABLE again (id text COLLATE "C" PRIMARY KEY, feature {v}.vector({d}))
		ON COMMIT DROP`, models.FeatureLen)))
	if err != nil {
		return s.translate(ctx, err)
	}
	if err := s.makeAgain(ctx, &tx{store: s, sql: t, length: made.FeatureLen}, models, again); err != nil {
		return s.translate(ctx, err)
	}
	if err := s.exchange(ctx, t, models); err != nil {
		return s.translate(ctx, err)
	}
	s.committing.Lock()
	defer s.committing.Unlock()
	if err := t.Commit(ctx); err != nil {
		return s.translate(ctx, err)
	}
	s.made.Store(&models)
	s.pool.Reset() // statements that connections have prepared are of the old table
	return nil
}

// makeAgain fills the temporary table.
func (s *Store) makeAgain(ctx context.Context, t *tx, models gallery.Models, again func(gallery.Face) ([]float32, error)) error {
	for after := ""; ; {
		page, err := t.facesOf(ctx, "WHERE id > $1 ORDER BY id LIMIT $2", after, pageOfReplace)
		if err != nil || len(page) == 0 {
			return err
		}
		var rows [][]any
		for _, f := range page {
			feature, err := again(f)
			if err == nil && feature != nil {
				f.Feature = feature
				err = checkFace(f, models.FeatureLen)
			}
			if err != nil {
				return fmt.Errorf("face %s: %w", f.ID, err)
			}
			if feature != nil {
				rows = append(rows, []any{f.ID, pgvector.NewVector(feature)})
			}
		}
		_, err = t.sql.CopyFrom(ctx, pgx.Identifier{"pg_temp", "again"}, []string{"id", "feature"}, pgx.CopyFromRows(rows))
		if err != nil {
			return err
		}
		after = page[len(page)-1].ID
	}
}

// exchange puts a table of faces with the new features in the place of the old one. The
// first statement waits for those who read.
func (s *Store) exchange(ctx context.Context, t pgx.Tx, models gallery.Models) error {
	for _, statement := range []string{
		"ALTER TABLE {s}.faces RENAME TO replaced",
		"ALTER INDEX {s}.faces_key RENAME TO replaced_key",
		"ALTER INDEX {s}.faces_by_person RENAME TO replaced_by_person",
		"ALTER INDEX IF EXISTS {s}.faces_hnsw RENAME TO replaced_hnsw",
		forLength(faces, models.FeatureLen),
		`INSERT INTO {s}.faces (` + faceColumns + `)
			SELECT id, person, again.feature, yaw, pitch, roll, quality, source, metadata, created
			FROM {s}.replaced JOIN pg_temp.again USING (id) ORDER BY id`,
		"DROP TABLE {s}.replaced",
		"DELETE FROM {s}.people WHERE NOT EXISTS (SELECT 1 FROM {s}.faces WHERE person = people.id)",
		"DELETE FROM {s}.tally",
		"INSERT INTO {s}.tally SELECT (SELECT count(*) FROM {s}.people), (SELECT count(*) FROM {s}.faces)",
	} {
		if _, err := t.Exec(ctx, s.names.sql(statement)); err != nil {
			return err
		}
	}
	if err := s.setFact(ctx, t, "models", models); err != nil {
		return err
	}
	return s.makeIndex(ctx, t, models.FeatureLen)
}

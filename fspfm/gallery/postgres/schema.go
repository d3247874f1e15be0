package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// names are what statements call things: the schema of the tables, and that of pgvector,
// which need not be on the search path. As strings they are quoted.
type names struct{ schema, vector string }

// sql puts the names into a statement.
func (n names) sql(statement string) string {
	return strings.NewReplacer("{s}", n.schema, "{v}", n.vector).Replace(statement)
}

// lockKey is that of the advisory lock which one program holds while it makes or changes
// tables; others wait. It is the same for all schemas, as the extension is.
const lockKey = 0x50494652 // "PIFR"

// migrations lead from each version of the tables to the next. The first makes them, with
// {d} for the length of features.
var migrations = []string{tables + faces}

// Tables of version 1. Each change adds to the tally by how much it has changed the
// numbers of people and faces: counting a million rows takes longer than finding one.
const tables = `
CREATE TABLE {s}.facts (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE {s}.tally (people bigint NOT NULL, faces bigint NOT NULL);
CREATE TABLE {s}.people (
	id text COLLATE "C" PRIMARY KEY, name text NOT NULL, metadata jsonb NOT NULL, created timestamptz NOT NULL
);
`

// faces is made anew when all features are. Features stay in the rows (PLAIN), where they
// fit: an exact search reads them all, and would look each up elsewhere.
const faces = `
CREATE TABLE {s}.faces (
	id text COLLATE "C" CONSTRAINT faces_key PRIMARY KEY,
	person text COLLATE "C" NOT NULL CONSTRAINT faces_of_people REFERENCES {s}.people (id) ON DELETE CASCADE,
	feature {v}.vector({d}) NOT NULL,
	yaw double precision NOT NULL, pitch double precision NOT NULL, roll double precision NOT NULL,
	quality double precision NOT NULL, source text NOT NULL, metadata jsonb NOT NULL, created timestamptz NOT NULL
);
ALTER TABLE {s}.faces ALTER COLUMN feature SET STORAGE {storage};
CREATE INDEX faces_by_person ON {s}.faces (person, id);
`

// index makes the one for approximate searches.
const index = `CREATE INDEX IF NOT EXISTS faces_hnsw ON {s}.faces USING hnsw (feature {v}.vector_ip_ops)
	WITH (m = {m}, ef_construction = {ef})`

// forLength puts the length of features into a statement that makes tables.
func forLength(statement string, length int) string {
	storage := "EXTERNAL"
	if length <= longestInTable {
		storage = "PLAIN"
	}
	return strings.NewReplacer("{d}", strconv.Itoa(length), "{storage}", storage).Replace(statement)
}

func (h HNSW) index() string {
	return strings.NewReplacer("{m}", strconv.Itoa(h.M), "{ef}", strconv.Itoa(h.EfConstruction)).Replace(index)
}

// prepare makes the tables, or brings them up to date, and compares the models. All of it
// is one transaction, on a connection of its own.
func (s *Store) prepare(ctx context.Context, config *pgx.ConnConfig, models gallery.Models, steps []string) (made gallery.Models, err error) {
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return made, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	err = pgx.BeginFunc(ctx, c, func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", lockKey); err != nil {
			return err
		}
		if s.names, err = findVector(ctx, t); err != nil {
			return err
		}
		s.names.schema = pgx.Identifier{s.options.Schema}.Sanitize()
		version, err := s.version(ctx, t)
		if err != nil {
			return err
		}
		if made, err = s.migrate(ctx, t, version, steps, models); err != nil {
			return err
		}
		return s.makeIndex(ctx, t, made.FeatureLen)
	})
	return made, err
}

// findVector returns the schema of pgvector, which it installs into the database unless
// it is there.
func findVector(ctx context.Context, t pgx.Tx) (n names, err error) {
	const find = "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
	err = t.QueryRow(ctx, find).Scan(&n.vector)
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err := t.Exec(ctx, "CREATE EXTENSION vector"); err != nil {
			return n, noVector(err)
		}
		err = t.QueryRow(ctx, find).Scan(&n.vector)
	}
	n.vector = pgx.Identifier{n.vector}.Sanitize()
	return n, err
}

// version returns that of the tables; 0 is for none.
func (s *Store) version(ctx context.Context, t pgx.Tx) (version int, err error) {
	var schema, facts, others bool
	err = t.QueryRow(ctx, `SELECT count(DISTINCT n.oid) > 0, count(c.oid) FILTER (WHERE c.relname = 'facts') > 0, count(c.oid) > 0
		FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v')
		WHERE n.nspname = $1`, s.options.Schema).Scan(&schema, &facts, &others)
	switch {
	case err != nil:
		return 0, err
	case !schema:
		_, err = t.Exec(ctx, "CREATE SCHEMA "+s.names.schema)
		return 0, err
	case !facts && others:
		return 0, fmt.Errorf("schema %s has tables, but not those of a gallery: choose another name", s.names.schema)
	case !facts:
		return 0, nil
	}
	var text string
	if err := t.QueryRow(ctx, s.names.sql("SELECT value FROM {s}.facts WHERE key = 'schema'")).Scan(&text); err != nil {
		return 0, fmt.Errorf("the version of its tables: %w", err)
	}
	if version, err = strconv.Atoi(text); err != nil {
		return 0, fmt.Errorf("the version of its tables: %w", err)
	}
	return version, nil
}

// migrate leads from a version to the newest one that is known here.
func (s *Store) migrate(ctx context.Context, t pgx.Tx, version int, steps []string, models gallery.Models) (made gallery.Models, err error) {
	if version > len(steps) {
		return made, fmt.Errorf("%w: its tables are of version %d, and this program knows %d", gallery.ErrSchema, version, len(steps))
	}
	if version == 0 {
		if err := models.Check(); err != nil {
			return made, err
		}
		made = models
	} else if made, err = s.storedModels(ctx, t); err != nil {
		return made, err
	} else if models != (gallery.Models{}) {
		if err := made.Same(models); err != nil {
			return made, err
		}
	}
	for _, step := range steps[version:] {
		if _, err := t.Exec(ctx, s.names.sql(forLength(step, made.FeatureLen))); err != nil {
			return made, fmt.Errorf("make the tables: %w", err)
		}
	}
	if version == 0 {
		if err := s.setFact(ctx, t, "models", made); err != nil {
			return made, err
		}
	}
	if version < len(steps) {
		err = s.setFact(ctx, t, "schema", len(steps))
	}
	return made, err
}

// setFact keeps something as JSON.
func (s *Store) setFact(ctx context.Context, t pgx.Tx, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, s.names.sql("INSERT INTO {s}.facts VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
		key, string(text))
	return err
}

// storedModels are those of the database.
func (s *Store) storedModels(ctx context.Context, t pgx.Tx) (m gallery.Models, err error) {
	var text string
	if err := t.QueryRow(ctx, s.names.sql("SELECT value FROM {s}.facts WHERE key = 'models'")).Scan(&text); err != nil {
		return m, fmt.Errorf("its models: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("its models: %w", err)
	}
	return m, nil
}

// makeIndex makes the index, if there shall be one and is none.
func (s *Store) makeIndex(ctx context.Context, t pgx.Tx, length int) error {
	if s.options.HNSW == nil {
		return nil
	}
	if length > mostIndexed {
		return fmt.Errorf("features of length %d: an index keeps at most %d", length, mostIndexed)
	}
	if _, err := t.Exec(ctx, s.names.sql(s.options.HNSW.index())); err != nil {
		return fmt.Errorf("make the index, which needs pgvector 0.5.0 or newer: %w", err)
	}
	return nil
}

package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// tx implements gallery.Tx.
type tx struct {
	store    *Store
	sql      pgx.Tx
	length   int
	readOnly bool

	failed        error // the first error of the server, after which it does nothing more
	changed       bool
	people, faces int64 // by how much there are more of them
}

var errReadOnly = errors.New("postgres: a view changes nothing")

// fail notes an error of the server.
func (t *tx) fail(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if !conflict(err) {
		err = t.store.translate(ctx, err)
	}
	if t.failed == nil {
		t.failed = err
	}
	return err
}

func (t *tx) row(ctx context.Context, query string, args ...any) pgx.Row {
	return t.sql.QueryRow(ctx, t.store.names.sql(query), args...)
}

// exec changes rows, and returns how many.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := t.sql.Exec(ctx, t.store.names.sql(query), args...)
	t.changed = true
	return r.RowsAffected(), t.fail(ctx, err)
}

// Person implements gallery.Tx.
func (t *tx) Person(ctx context.Context, id string) (p gallery.Person, err error) {
	if !isID(id) {
		return p, fmt.Errorf("%w: %.40q", gallery.ErrNoPerson, id)
	}
	p, err = scanPerson(t.row(ctx, "SELECT id, name, metadata, created FROM {s}.people WHERE id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fmt.Errorf("%w: %s", gallery.ErrNoPerson, id)
	}
	return p, t.fail(ctx, err)
}

// PutPerson implements gallery.Tx.
func (t *tx) PutPerson(ctx context.Context, p gallery.Person) error {
	if t.readOnly {
		return errReadOnly
	}
	if err := checkPerson(p); err != nil {
		return err
	}
	metadata, err := json.Marshal(p.Metadata)
	if err != nil {
		return err
	}
	var isNew bool
	t.changed = true
	err = t.row(ctx, `INSERT INTO {s}.people VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, metadata = excluded.metadata, created = excluded.created
		RETURNING xmax = 0`, // a new row has replaced no other
		p.ID, p.Name, string(metadata), p.Created).Scan(&isNew)
	if err == nil && isNew {
		t.people++
	}
	return t.fail(ctx, err)
}

// DeletePerson implements gallery.Tx.
func (t *tx) DeletePerson(ctx context.Context, id string) error {
	if t.readOnly {
		return errReadOnly
	}
	if !isID(id) {
		return fmt.Errorf("%w: %.40q", gallery.ErrNoPerson, id)
	}
	faces, err := t.exec(ctx, "DELETE FROM {s}.faces WHERE person = $1", id)
	if err != nil {
		return err
	}
	t.faces -= faces
	people, err := t.exec(ctx, "DELETE FROM {s}.people WHERE id = $1", id)
	if err == nil && people == 0 {
		err = fmt.Errorf("%w: %s", gallery.ErrNoPerson, id)
	}
	t.people -= people
	return err
}

// People implements gallery.Tx.
func (t *tx) People(ctx context.Context, after string, limit int) ([]gallery.Person, error) {
	if err := checkText("the ID", after); err != nil {
		return nil, err
	}
	rows, err := t.sql.Query(ctx, t.store.names.sql("SELECT id, name, metadata, created FROM {s}.people WHERE id > $1 ORDER BY id LIMIT $2"), after, limit)
	if err != nil {
		return nil, t.fail(ctx, err)
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (gallery.Person, error) { return scanPerson(row) })
	return people, t.fail(ctx, err)
}

const faceColumns = "id, person, feature, yaw, pitch, roll, quality, source, metadata, created"

// Face implements gallery.Tx.
func (t *tx) Face(ctx context.Context, id string) (f gallery.Face, err error) {
	if !isID(id) {
		return f, fmt.Errorf("%w: %.40q", gallery.ErrNoFace, id)
	}
	f, err = scanFace(t.row(ctx, "SELECT "+faceColumns+" FROM {s}.faces WHERE id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return f, fmt.Errorf("%w: %s", gallery.ErrNoFace, id)
	}
	return f, t.fail(ctx, err)
}

// PutFace implements gallery.Tx.
func (t *tx) PutFace(ctx context.Context, f gallery.Face) error {
	if t.readOnly {
		return errReadOnly
	}
	if err := checkFace(f, t.length); err != nil {
		return err
	}
	metadata, err := json.Marshal(f.Metadata)
	if err != nil {
		return err
	}
	var isNew bool
	t.changed = true
	// A person who is not there is no error of the server's: it would end the transaction.
	err = t.row(ctx, `INSERT INTO {s}.faces (`+faceColumns+`)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE EXISTS (SELECT 1 FROM {s}.people WHERE id = $2)
		ON CONFLICT (id) DO UPDATE SET person = excluded.person, feature = excluded.feature, yaw = excluded.yaw,
			pitch = excluded.pitch, roll = excluded.roll, quality = excluded.quality, source = excluded.source,
			metadata = excluded.metadata, created = excluded.created
		RETURNING xmax = 0`,
		f.ID, f.Person, pgvector.NewVector(f.Feature), f.YawDeg, f.PitchDeg, f.RollDeg, f.Quality, f.Source, string(metadata), f.Created).
		Scan(&isNew)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: %s", gallery.ErrNoPerson, f.Person)
	}
	if err == nil && isNew {
		t.faces++
	}
	return t.fail(ctx, err)
}

// DeleteFace implements gallery.Tx.
func (t *tx) DeleteFace(ctx context.Context, id string) error {
	if t.readOnly {
		return errReadOnly
	}
	if !isID(id) {
		return fmt.Errorf("%w: %.40q", gallery.ErrNoFace, id)
	}
	n, err := t.exec(ctx, "DELETE FROM {s}.faces WHERE id = $1", id)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s", gallery.ErrNoFace, id)
	}
	t.faces -= n
	return err
}

// Faces implements gallery.Tx.
func (t *tx) Faces(ctx context.Context, people ...string) ([]gallery.Face, error) {
	var ids []string
	for _, id := range people {
		if isID(id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return t.facesOf(ctx, "WHERE person = ANY($1) ORDER BY id", ids)
}

// facesOf returns those that the rest of a query selects.
func (t *tx) facesOf(ctx context.Context, where string, args ...any) ([]gallery.Face, error) {
	rows, err := t.sql.Query(ctx, t.store.names.sql("SELECT "+faceColumns+" FROM {s}.faces "+where), args...)
	if err != nil {
		return nil, t.fail(ctx, err)
	}
	faces, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (gallery.Face, error) { return scanFace(row) })
	return faces, t.fail(ctx, err)
}

func scanPerson(row pgx.Row) (p gallery.Person, err error) {
	var metadata []byte
	if err := row.Scan(&p.ID, &p.Name, &metadata, &p.Created); err != nil {
		return p, err
	}
	p.Created = p.Created.UTC()
	return p, json.Unmarshal(metadata, &p.Metadata)
}

func scanFace(row pgx.Row) (f gallery.Face, err error) {
	var metadata []byte
	var feature pgvector.Vector
	err = row.Scan(&f.ID, &f.Person, &feature, &f.YawDeg, &f.PitchDeg, &f.RollDeg, &f.Quality, &f.Source, &metadata, &f.Created)
	if err != nil {
		return f, err
	}
	f.Feature, f.Created = feature.Slice(), f.Created.UTC()
	return f, json.Unmarshal(metadata, &f.Metadata)
}

package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/internal/vector"
)

// tx implements gallery.Tx. It keeps in mind what has to change in memory when it is done.
type tx struct {
	sql       *sql.Tx
	length    int
	readOnly  bool
	put       map[int64][]float32
	dropped   []int64
	overwrote bool // a feature, or the words about somebody
}

var errReadOnly = errors.New("sqlite: a view changes nothing")

// Person implements gallery.Tx.
func (t *tx) Person(ctx context.Context, id string) (gallery.Person, error) {
	p, err := scanPerson(t.sql.QueryRowContext(ctx, "SELECT id, name, metadata, created FROM people WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("%w: %s", gallery.ErrNoPerson, id)
	}
	return p, translate(err)
}

// PutPerson implements gallery.Tx.
func (t *tx) PutPerson(ctx context.Context, p gallery.Person) error {
	if t.readOnly {
		return errReadOnly
	}
	metadata, err := json.Marshal(p.Metadata)
	if err != nil {
		return err
	}
	t.overwrote = true
	_, err = t.sql.ExecContext(ctx, `INSERT INTO people VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, metadata = excluded.metadata, created = excluded.created`,
		p.ID, p.Name, string(metadata), timeText(p.Created))
	return translate(err)
}

// DeletePerson implements gallery.Tx.
func (t *tx) DeletePerson(ctx context.Context, id string) error {
	if t.readOnly {
		return errReadOnly
	}
	if err := t.drop(ctx, "SELECT number FROM faces WHERE person = ?", id); err != nil {
		return err
	}
	r, err := t.sql.ExecContext(ctx, "DELETE FROM people WHERE id = ?", id)
	if err != nil {
		return translate(err)
	}
	t.overwrote = true
	return wasThere(r, gallery.ErrNoPerson, id)
}

// drop notes the numbers of faces that are about to go.
func (t *tx) drop(ctx context.Context, query, id string) error {
	rows, err := t.sql.QueryContext(ctx, query, id)
	if err != nil {
		return translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		if err := rows.Scan(&number); err != nil {
			return translate(err)
		}
		t.dropped = append(t.dropped, number)
		delete(t.put, number)
	}
	return translate(rows.Err())
}

// wasThere returns an error if a statement has changed nothing.
func wasThere(r sql.Result, missing error, id string) error {
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s", missing, id)
	}
	return err
}

// People implements gallery.Tx.
func (t *tx) People(ctx context.Context, after string, limit int) ([]gallery.Person, error) {
	rows, err := t.sql.QueryContext(ctx, "SELECT id, name, metadata, created FROM people WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var people []gallery.Person
	for rows.Next() {
		p, err := scanPerson(rows)
		if err != nil {
			return nil, translate(err)
		}
		people = append(people, p)
	}
	return people, translate(rows.Err())
}

const faceColumns = "number, id, person, feature, yaw, pitch, roll, quality, source, metadata, created"

// Face implements gallery.Tx.
func (t *tx) Face(ctx context.Context, id string) (gallery.Face, error) {
	_, f, err := scanFace(t.sql.QueryRowContext(ctx, "SELECT "+faceColumns+" FROM faces WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return f, fmt.Errorf("%w: %s", gallery.ErrNoFace, id)
	}
	return f, translate(err)
}

// faceAfter returns the next face by number, or sql.ErrNoRows.
func (t *tx) faceAfter(ctx context.Context, number int64) (int64, gallery.Face, error) {
	return scanFace(t.sql.QueryRowContext(ctx, "SELECT "+faceColumns+" FROM faces WHERE number > ? ORDER BY number LIMIT 1", number))
}

// PutFace implements gallery.Tx.
func (t *tx) PutFace(ctx context.Context, f gallery.Face) error {
	if t.readOnly {
		return errReadOnly
	}
	if len(f.Feature) != t.length {
		return fmt.Errorf("%w: its length is %d, want %d", gallery.ErrSample, len(f.Feature), t.length)
	}
	metadata, err := json.Marshal(f.Metadata)
	if err != nil {
		return err
	}
	var number int64
	err = t.sql.QueryRowContext(ctx, `
		INSERT INTO faces (id, person, feature, yaw, pitch, roll, quality, source, metadata, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET person = excluded.person, feature = excluded.feature, yaw = excluded.yaw,
			pitch = excluded.pitch, roll = excluded.roll, quality = excluded.quality, source = excluded.source,
			metadata = excluded.metadata, created = excluded.created
		RETURNING number`,
		f.ID, f.Person, vector.Bytes(f.Feature), f.YawDeg, f.PitchDeg, f.RollDeg, f.Quality, f.Source, string(metadata), timeText(f.Created)).Scan(&number)
	if err != nil {
		return translate(err)
	}
	if t.put == nil {
		t.put = map[int64][]float32{}
	}
	t.put[number], t.overwrote = f.Feature, true
	return nil
}

// DeleteFace implements gallery.Tx.
func (t *tx) DeleteFace(ctx context.Context, id string) error {
	if t.readOnly {
		return errReadOnly
	}
	if err := t.drop(ctx, "SELECT number FROM faces WHERE id = ?", id); err != nil {
		return err
	}
	r, err := t.sql.ExecContext(ctx, "DELETE FROM faces WHERE id = ?", id)
	if err != nil {
		return translate(err)
	}
	return wasThere(r, gallery.ErrNoFace, id)
}

// Faces implements gallery.Tx.
func (t *tx) Faces(ctx context.Context, people ...string) ([]gallery.Face, error) {
	list, err := json.Marshal(people)
	if err != nil {
		return nil, err
	}
	rows, err := t.sql.QueryContext(ctx, "SELECT "+faceColumns+" FROM faces WHERE person IN (SELECT value FROM json_each(?)) ORDER BY id", string(list))
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var faces []gallery.Face
	for rows.Next() {
		_, f, err := scanFace(rows)
		if err != nil {
			return nil, translate(err)
		}
		faces = append(faces, f)
	}
	return faces, translate(rows.Err())
}

// scanner is a row, or the current one of several.
type scanner interface{ Scan(to ...any) error }

func scanPerson(row scanner) (p gallery.Person, err error) {
	var metadata, created string
	if err := row.Scan(&p.ID, &p.Name, &metadata, &created); err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(metadata), &p.Metadata); err != nil {
		return p, fmt.Errorf("metadata of person %s: %w", p.ID, err)
	}
	p.Created, err = time.Parse(time.RFC3339Nano, created)
	return p, err
}

func scanFace(row scanner) (number int64, f gallery.Face, err error) {
	var data []byte
	var metadata, created string
	if err := row.Scan(&number, &f.ID, &f.Person, &data, &f.YawDeg, &f.PitchDeg, &f.RollDeg, &f.Quality, &f.Source, &metadata, &created); err != nil {
		return 0, f, err
	}
	if f.Feature, err = feature(data); err != nil {
		return 0, f, fmt.Errorf("face %s: %w", f.ID, err)
	}
	if err := json.Unmarshal([]byte(metadata), &f.Metadata); err != nil {
		return 0, f, fmt.Errorf("metadata of face %s: %w", f.ID, err)
	}
	f.Created, err = time.Parse(time.RFC3339Nano, created)
	return number, f, err
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// feature is the inverse of vector.Bytes, which lays features out for the file.
func feature(data []byte) ([]float32, error) {
	if len(data)%4 != 0 {
		return nil, fmt.Errorf("a feature of %d bytes", len(data))
	}
	return vector.OfBytes(data), nil
}

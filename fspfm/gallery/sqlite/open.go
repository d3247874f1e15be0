package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
	"golang.org/x/sync/semaphore"
	_ "modernc.org/sqlite" // the driver

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/index"
)

// Options say how a file is opened. The zero value is what most programs want.
type Options struct {
	// Form is how features are kept in memory.
	Form index.Form

	// MustExist makes it an error that wraps os.ErrNotExist if there is no file.
	MustExist bool
}

// application is in the header of our files, for those who look (file(1), for one).
const application = 0x50494652 // "PIFR"

// schema is the version of the tables: what migrations lead to.
const schema = 1

// Open opens a gallery's file, or makes one. The models are those that the program makes
// features with; the zero value takes whatever the file has, and is an error for a new
// file. The error wraps gallery.ErrModels, ErrSchema or ErrLocked where one of these is
// the reason.
func Open(ctx context.Context, path string, models gallery.Models, o Options) (*Store, error) {
	s, err := open(ctx, path, models, o)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string, models gallery.Models, o Options) (_ *Store, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil && (o.MustExist || !errors.Is(err, os.ErrNotExist)) {
		return nil, err
	}
	lock := flock.New(path + ".lock")
	got, err := lock.TryLock()
	if err != nil {
		return nil, err
	}
	if !got {
		return nil, gallery.ErrLocked
	}
	s := &Store{path: path, lock: lock, form: o.Form, reading: semaphore.NewWeighted(mostReaders)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.free())
		}
	}()
	// SQLite would let everybody read a new file, and gives the log the rights of the file.
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	} else if err := f.Close(); err != nil {
		return nil, err
	}
	// One connection writes, so that transactions wait for each other here, and not in SQLite.
	if s.writer, err = connect(path, "_txlock=immediate"); err != nil {
		return nil, err
	}
	s.writer.SetMaxOpenConns(1)
	if err := s.prepare(ctx, models); err != nil {
		return nil, translate(err)
	}
	if s.reader, err = connect(path, "_pragma=query_only(1)"); err != nil {
		return nil, err
	}
	s.reader.SetMaxOpenConns(8)
	if s.index, err = s.load(ctx, s.models.FeatureLen); err != nil {
		return nil, translate(err)
	}
	return s, nil
}

// connect opens connections that keep what they have answered for.
func connect(path, more string) (*sql.DB, error) {
	// As a URI, with what has a meaning in it escaped.
	uri := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	return sql.Open("sqlite", uri.String()+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&"+more)
}

// prepare makes the tables, or brings them up to date, and compares the models.
func (s *Store) prepare(ctx context.Context, models gallery.Models) error {
	var id, version, tables int
	for query, to := range map[string]*int{
		"PRAGMA application_id": &id, "PRAGMA user_version": &version, "SELECT count(*) FROM sqlite_master": &tables,
	} {
		if err := s.writer.QueryRowContext(ctx, query).Scan(to); err != nil {
			return err
		}
	}
	switch {
	case tables == 0 && id == 0:
		return s.create(ctx, models)
	case id != application:
		return errors.New("a database, but not of a gallery")
	case version > schema:
		return fmt.Errorf("%w: its tables are of version %d, and this program knows %d", gallery.ErrSchema, version, schema)
	}
	// Migrations of older versions go here, each in a transaction that sets user_version.
	var text string
	if err := s.writer.QueryRowContext(ctx, "SELECT value FROM facts WHERE key = 'models'").Scan(&text); err != nil {
		return fmt.Errorf("its models: %w", err)
	}
	if err := json.Unmarshal([]byte(text), &s.models); err != nil {
		return fmt.Errorf("its models: %w", err)
	}
	if models == (gallery.Models{}) {
		return nil
	}
	return s.models.Same(models)
}

// tables are those of version 1. A face's number is its own in memory, and never that of
// another one (AUTOINCREMENT), so that a search that is overtaken by a removal finds
// nobody instead of somebody else.
const tables = `
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE people (
	id TEXT PRIMARY KEY, name TEXT NOT NULL, metadata TEXT NOT NULL, created TEXT NOT NULL
) STRICT;
CREATE TABLE faces (
	number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
	person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
	feature BLOB NOT NULL, yaw REAL NOT NULL, pitch REAL NOT NULL, roll REAL NOT NULL, quality REAL NOT NULL,
	source TEXT NOT NULL, metadata TEXT NOT NULL, created TEXT NOT NULL
) STRICT;
CREATE INDEX faces_of_person ON faces (person, id);
`

func (s *Store) create(ctx context.Context, models gallery.Models) error {
	if err := models.Check(); err != nil {
		return err
	}
	text, err := json.Marshal(models)
	if err != nil {
		return err
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if _, err := tx.ExecContext(ctx, tables+fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", application, schema)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO facts VALUES ('models', ?)", string(text)); err != nil {
		return err
	}
	s.models = models
	return tx.Commit()
}

// load reads all features into memory.
func (s *Store) load(ctx context.Context, length int) (*index.Index, error) {
	x, err := index.New(length, s.form)
	if err != nil {
		return nil, err
	}
	rows, err := s.reader.QueryContext(ctx, "SELECT number, feature FROM faces")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		var data sql.RawBytes
		if err := rows.Scan(&number, &data); err != nil {
			return nil, err
		}
		f, err := feature(data)
		if err == nil {
			err = x.Put(number, f)
		}
		if err != nil {
			return nil, fmt.Errorf("face number %d: %w", number, err)
		}
	}
	return x, rows.Err()
}

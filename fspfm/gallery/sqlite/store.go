package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/semaphore"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/index"
	"github.com/pifr-go/pifr/internal/vector"
)

// Store is a gallery.Store in a file. It is safe for concurrent use.
type Store struct {
	path           string
	lock           *flock.Flock
	writer, reader *sql.DB
	form           index.Form

	// changing is held by the one who changes anything, and until the memory has what the
	// file has; state by everybody who reads what Replace and Close exchange.
	changing sync.Mutex
	state    sync.RWMutex
	models   gallery.Models
	index    *index.Index
	closed   bool
	dirty    bool // the log may still hold what was removed; guarded by changing

	// reading is taken by everybody who reads the file, one of it each, and as a whole by
	// who empties the log.
	reading *semaphore.Weighted
}

// mostReaders is more than there can be.
const mostReaders = 1 << 30

var _ gallery.Store = (*Store)(nil)

// Models says what the features are made with.
func (s *Store) Models() gallery.Models {
	s.state.RLock()
	defer s.state.RUnlock()
	return s.models
}

// View implements gallery.Store.
func (s *Store) View(ctx context.Context, read func(gallery.Tx) error) error {
	s.state.RLock()
	defer s.state.RUnlock()
	if s.closed {
		return gallery.ErrClosed
	}
	return s.view(ctx, read)
}

func (s *Store) view(ctx context.Context, read func(gallery.Tx) error) error {
	if err := s.reading.Acquire(ctx, 1); err != nil {
		return err
	}
	defer s.reading.Release(1)
	t, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return translate(err)
	}
	defer func() { _ = t.Rollback() }() // nothing was changed
	return read(&tx{sql: t, length: s.models.FeatureLen, readOnly: true})
}

// Update implements gallery.Store. Changes go one after the other, and are called once.
func (s *Store) Update(ctx context.Context, change func(gallery.Tx) error) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.state.RLock()
	defer s.state.RUnlock()
	if s.closed {
		return gallery.ErrClosed
	}
	t, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = t.Rollback() }() // does nothing after Commit
	out := &tx{sql: t, length: s.models.FeatureLen}
	if err := change(out); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return translate(err)
	}
	for _, number := range out.dropped {
		s.index.Remove(number)
	}
	for number, f := range out.put {
		if err := s.index.Put(number, f); err != nil {
			return err // of another length, which PutFace has refused
		}
	}
	s.dirty = s.dirty || len(out.dropped) > 0 || out.overwrote
	s.emptyLog(ctx)
	return nil
}

// patience is how long a change waits for readers to end, and new ones for it.
const patience = 300 * time.Millisecond

// emptyLog makes sure that what was removed is not in the log. Who reads for long is in the
// way; then the next change, or Close, does it.
func (s *Store) emptyLog(ctx context.Context) {
	if !s.dirty {
		return
	}
	// Readers that follow each other without a pause would keep SQLite from it: those to come
	// wait for a moment.
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s.reading.Acquire(waiting, mostReaders) != nil {
		return
	}
	defer s.reading.Release(mostReaders)
	var busy, log, moved int
	err := s.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
	s.dirty = err != nil || busy != 0
}

// Nearest implements gallery.Store. Cosines are those of the features in memory.
func (s *Store) Nearest(ctx context.Context, features [][]float32, k int) ([][]gallery.Neighbor, error) {
	s.state.RLock()
	defer s.state.RUnlock()
	if s.closed {
		return nil, gallery.ErrClosed
	}
	var queries []float32
	for _, f := range features {
		if len(f) != s.models.FeatureLen {
			return nil, fmt.Errorf("%w: length %d", gallery.ErrSample, len(f))
		}
		queries = append(queries, f...)
	}
	hits, err := s.index.Search(ctx, queries, k)
	if err != nil {
		return nil, err
	}
	out := make([][]gallery.Neighbor, len(hits))
	err = s.view(ctx, func(t gallery.Tx) error {
		find, err := t.(*tx).sql.PrepareContext(ctx, "SELECT id, person FROM faces WHERE number = ?")
		if err != nil {
			return err
		}
		defer find.Close()
		for i := range hits {
			for _, h := range hits[i] {
				n := gallery.Neighbor{Cosine: float64(h.Cosine)}
				err := find.QueryRowContext(ctx, h.ID).Scan(&n.Face, &n.Person)
				if errors.Is(err, sql.ErrNoRows) {
					continue // removed since
				}
				if err != nil {
					return err
				}
				out[i] = append(out[i], n)
			}
		}
		return nil
	})
	return out, translate(err)
}

// Count implements gallery.Store.
func (s *Store) Count(ctx context.Context) (people, faces int, err error) {
	s.state.RLock()
	defer s.state.RUnlock()
	if s.closed {
		return 0, 0, gallery.ErrClosed
	}
	if err := s.reading.Acquire(ctx, 1); err != nil {
		return 0, 0, err
	}
	defer s.reading.Release(1)
	err = s.reader.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM faces)").Scan(&people, &faces)
	return people, faces, translate(err)
}

// Close waits for calls under way and closes the file. Closing again does nothing.
func (s *Store) Close() error {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.state.Lock()
	defer s.state.Unlock()
	if s.closed {
		return nil
	}
	s.closed, s.index = true, nil
	return s.free()
}

// free closes what is open. The last connection empties the log.
func (s *Store) free() error {
	var errs []error
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(append(errs, s.lock.Unlock())...)
}

// translate says which of the gallery's errors an error of SQLite's is.
func translate(err error) error {
	var e *driver.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &e):
		return err
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_FULL:
		return fmt.Errorf("%w: %w", gallery.ErrFull, err)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", gallery.ErrLocked, err)
	case lib.SQLITE_CONSTRAINT:
		if strings.Contains(e.Error(), "FOREIGN KEY") {
			return fmt.Errorf("%w: %w", gallery.ErrNoPerson, err)
		}
	}
	return err
}

// Replace implements gallery.Store, in one transaction.
func (s *Store) Replace(ctx context.Context, models gallery.Models, again func(gallery.Face) ([]float32, error)) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.state.RLock()
	closed := s.closed
	s.state.RUnlock()
	if closed {
		return gallery.ErrClosed
	}
	text, err := json.Marshal(models)
	if err != nil {
		return err
	}
	x, err := index.New(models.FeatureLen, s.form)
	if err != nil {
		return err
	}
	t, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = t.Rollback() }() // does nothing after Commit
	if err := replace(ctx, &tx{sql: t, length: s.models.FeatureLen}, x, again); err != nil {
		return translate(err)
	}
	for _, query := range []string{
		"DELETE FROM people WHERE NOT EXISTS (SELECT 1 FROM faces WHERE person = people.id)",
		"UPDATE facts SET value = ?1 WHERE key = 'models' AND ?1 != ''",
	} {
		if _, err := t.ExecContext(ctx, query, string(text)); err != nil {
			return translate(err)
		}
	}
	s.state.Lock() // nobody reads the file or the memory while one is new and the other not
	defer s.state.Unlock()
	if err := t.Commit(); err != nil {
		return translate(err)
	}
	s.models, s.index, s.dirty = models, x, true
	s.emptyLog(ctx)
	return nil
}

// replace gives each face its new feature, in the file and in an index.
func replace(ctx context.Context, t *tx, x *index.Index, again func(gallery.Face) ([]float32, error)) error {
	var last int64
	for {
		number, f, err := t.faceAfter(ctx, last)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		last = number
		feature, err := again(f)
		if err != nil {
			return fmt.Errorf("face %s: %w", f.ID, err)
		}
		if feature == nil {
			_, err = t.sql.ExecContext(ctx, "DELETE FROM faces WHERE number = ?", number)
		} else if err = x.Put(number, feature); err == nil {
			_, err = t.sql.ExecContext(ctx, "UPDATE faces SET feature = ? WHERE number = ?", vector.Bytes(feature), number)
		}
		if err != nil {
			return fmt.Errorf("face %s: %w", f.ID, err)
		}
	}
}

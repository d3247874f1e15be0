package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// How transactions begin, in one message with the locks that keep Replace away: it waits
// for those who change anything, who wait for it, and exchanges the table of faces when
// nobody reads it. Locks come before the first query, with which a transaction's view of
// the database begins.
const (
	beginReading  = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE {s}.faces IN ACCESS SHARE MODE`
	beginChanging = `BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE {s}.facts IN ROW SHARE MODE; ` +
		// A scan of a small table would lock all its rows against other changes.
		`SET LOCAL enable_seqscan = off`
	beginReplacing = `BEGIN; LOCK TABLE {s}.facts IN EXCLUSIVE MODE`
)

// attempts is how often a change is done before it ends with gallery.ErrConflict.
const attempts = 20

// Models says what the features are made with.
func (s *Store) Models() gallery.Models { return *s.made.Load() }

// View implements gallery.Store.
func (s *Store) View(ctx context.Context, read func(gallery.Tx) error) error {
	t, made, err := s.begin(ctx, beginReading)
	if err != nil {
		return err
	}
	defer rollback(ctx, t) // nothing was changed
	return read(&tx{store: s, sql: t, length: made.FeatureLen, readOnly: true})
}

// Update implements gallery.Store.
func (s *Store) Update(ctx context.Context, change func(gallery.Tx) error) error {
	err := s.update(ctx, change)
	if !conflict(err) {
		return err
	}
	// Whoever was overtaken tries again alone among those of this program, so that many
	// do not get into each other's way for ever.
	select {
	case s.again <- struct{}{}:
		defer func() { <-s.again }()
	case <-ctx.Done():
		return s.translate(ctx, err)
	}
	for n := 1; n < attempts; n++ {
		pause := time.Duration(rand.Int64N(int64(min(time.Millisecond<<n, 250*time.Millisecond))))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return s.translate(ctx, err)
		}
		if err = s.update(ctx, change); !conflict(err) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", gallery.ErrConflict, err)
}

// update is one attempt. Its error is a conflict if others got ahead, whatever change has
// made of that.
func (s *Store) update(ctx context.Context, change func(gallery.Tx) error) error {
	t, made, err := s.begin(ctx, beginChanging)
	if err != nil {
		return err
	}
	defer rollback(ctx, t) // does nothing after a commit
	out := &tx{store: s, sql: t, length: made.FeatureLen}
	err = change(out)
	switch {
	case out.failed != nil && (err == nil || conflict(out.failed)):
		// The server does nothing more in this transaction, even if change would have it so.
		return out.failed
	case err != nil:
		return err
	case !out.changed:
		return s.translate(ctx, t.Commit(ctx))
	}
	return s.commit(ctx, t, out)
}

// begin begins a transaction, and returns what the features were made with in its view.
// A connection that has died in the pool meanwhile is replaced.
func (s *Store) begin(ctx context.Context, how string) (pgx.Tx, *gallery.Models, error) {
	for n := 0; ; n++ {
		if s.closed.Load() {
			return nil, nil, gallery.ErrClosed
		}
		t, made, err := s.tryBegin(ctx, how)
		switch {
		case err == nil:
			return t, made, nil
		case n == 0 && lost(err) && ctx.Err() == nil:
			s.pool.Reset() // the others have died with it
		case n == 0 && errors.Is(err, gallery.ErrModels):
			s.awaitReplace()
		default:
			return nil, nil, s.translate(ctx, err)
		}
	}
}

// awaitReplace returns when Replace is not exchanging the models, in the database and here.
func (s *Store) awaitReplace() {
	s.committing.Lock()
	defer s.committing.Unlock()
}

func (s *Store) tryBegin(ctx context.Context, how string) (pgx.Tx, *gallery.Models, error) {
	t, err := s.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: s.names.sql(how)})
	if err != nil {
		return nil, nil, err
	}
	stored, err := s.storedModels(ctx, t)
	if err == nil {
		err = stored.Same(s.Models())
	}
	if err != nil {
		rollback(ctx, t)
		return nil, nil, err
	}
	return t, &stored, nil
}

// rollback ends a transaction, also for a context that has ended: the connection is good
// for others.
func rollback(ctx context.Context, t pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = t.Rollback(ctx) // the server does it by itself when a connection ends
}

// Count implements gallery.Store.
func (s *Store) Count(ctx context.Context) (people, faces int, err error) {
	if s.closed.Load() {
		return 0, 0, gallery.ErrClosed
	}
	var rows int
	count := func() error {
		return s.pool.QueryRow(ctx, s.names.sql("SELECT coalesce(sum(people), 0)::bigint, coalesce(sum(faces), 0)::bigint, count(*) FROM {s}.tally")).
			Scan(&people, &faces, &rows)
	}
	if err = count(); lost(err) && ctx.Err() == nil {
		s.pool.Reset()
		err = count()
	}
	if err != nil {
		return 0, 0, s.translate(ctx, err)
	}
	if rows > mostRowsOfTally {
		s.sumUp(ctx)
	}
	return people, faces, nil
}

// sumUp makes one row of the tally's. Rows that somebody adds meanwhile, or another sum
// takes, are left alone; so is all of it while Replace makes a new tally.
func (s *Store) sumUp(ctx context.Context) {
	_ = pgx.BeginFunc(ctx, s.pool, func(t pgx.Tx) error { // the next call tries again
		_, err := t.Exec(ctx, s.names.sql(`LOCK TABLE {s}.facts IN ROW SHARE MODE NOWAIT;
			WITH gone AS (DELETE FROM {s}.tally RETURNING people, faces)
			INSERT INTO {s}.tally SELECT coalesce(sum(people), 0), coalesce(sum(faces), 0) FROM gone`))
		return err
	})
}

// Purge rewrites the tables without what was removed, and frees the space. Everybody else
// waits meanwhile. See the package comment for what is left in other places.
func (s *Store) Purge(ctx context.Context) error {
	if s.closed.Load() {
		return gallery.ErrClosed
	}
	if _, err := s.pool.Exec(ctx, s.names.sql("VACUUM (FULL, ANALYZE) {s}.people, {s}.faces, {s}.tally")); err != nil {
		return fmt.Errorf("postgres: purge: %w", s.translate(ctx, err))
	}
	return nil
}

// Close waits for calls under way and closes the connections. Closing again does nothing.
func (s *Store) Close() error {
	if !s.closed.Swap(true) {
		s.pool.Close()
	}
	return nil
}

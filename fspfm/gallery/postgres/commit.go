package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a server that was lost while it committed is asked what it did.
const patience = 10 * time.Second

// errUnknown is for changes whose end nobody knows.
var errUnknown = errors.New("whether the change was made is not known")

// commit makes a change last. Should the answer not arrive, the transaction's number
// tells what became of it.
func (s *Store) commit(ctx context.Context, t pgx.Tx, out *tx) error {
	var number uint64
	err := t.QueryRow(ctx, s.names.sql("INSERT INTO {s}.tally VALUES ($1, $2) RETURNING pg_current_xact_id()::text::bigint"),
		out.people, out.faces).Scan(&number)
	if err == nil {
		err = t.Commit(ctx)
		if err != nil && (code(err) == "" || lost(err) || ctx.Err() != nil) {
			err = s.outcome(ctx, number, err)
		}
	}
	if conflict(err) {
		return err
	}
	return s.translate(ctx, err)
}

// outcome asks the server whether it has committed a transaction. It returns nil if so,
// and otherwise why not.
func (s *Store) outcome(ctx context.Context, number uint64, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	s.pool.Reset()
	for {
		var status *string
		err := s.pool.QueryRow(ctx, "SELECT pg_xact_status($1::text::xid8)", fmt.Sprint(number)).Scan(&status)
		switch {
		case err == nil && status == nil:
			return fmt.Errorf("%w: %w", errUnknown, why) // so long ago that it has forgotten
		case err == nil && *status == "committed":
			return nil
		case err == nil && *status == "aborted":
			return why
		}
		select { // in progress, or not there yet
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errUnknown, why)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// ErrNoVector is for databases without pgvector.
var ErrNoVector = errors.New("postgres: the database has no pgvector: install it on the server " +
	"(packages postgresql-N-pgvector of Debian and pgvector_N of Red Hat, N being PostgreSQL's version; " +
	"the Docker image pgvector/pgvector), and run CREATE EXTENSION vector in the database as an administrator")

// ErrLost is for connections that end while they are used. What was being changed has not
// happened, unless the error says that this is not known. The next call connects anew.
var ErrLost = errors.New("postgres: the connection to the server was lost")

// SQLSTATE codes, which PostgreSQL's appendix A lists.
const (
	diskFull             = "53100"
	lockNotAvailable     = "55P03"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	foreignKeyViolation  = "23503"
	uniqueViolation      = "23505"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
	featureNotSupported  = "0A000"
	undefinedFile        = "58P01"
	insufficientRights   = "42501"
	noTransaction        = "25P01"
	idleTooLong          = "25P03"
)

func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// translate says which of the gallery's errors an error of PostgreSQL's is.
func (s *Store) translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if s.closed.Load() {
		return gallery.ErrClosed
	}
	if ended := ctx.Err(); ended != nil {
		if errors.Is(err, ended) {
			return err
		}
		return fmt.Errorf("%w: %w", ended, err) // the server says in its words that it was interrupted
	}
	switch code(err) {
	case diskFull:
		return fmt.Errorf("%w: %w", gallery.ErrFull, err)
	case lockNotAvailable:
		return fmt.Errorf("%w: %w", gallery.ErrLocked, err)
	}
	if lost(err) && !errors.Is(err, ErrLost) {
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return err
}

// conflict tells whether others got ahead of a transaction, which may be done again. A row
// that is missing or there though the transaction's own snapshot says otherwise is one way
// of telling so.
func conflict(err error) bool {
	switch code(err) {
	case serializationFailure, deadlockDetected, foreignKeyViolation, uniqueViolation:
		return true
	}
	return false
}

// lost tells whether a connection has ended.
func lost(err error) bool {
	if err == nil {
		return false
	}
	switch code(err) {
	case adminShutdown, crashShutdown, cannotConnectNow, idleTooLong:
		return true
	case "":
	default:
		return false
	}
	var inNet net.Error
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) {
		return false // there has been none, which the error says
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &inNet) ||
		pgconn.SafeToRetry(err) || errors.Is(err, pgx.ErrTxClosed) || err.Error() == "conn closed"
}

// noVector explains why the extension cannot be made.
func noVector(err error) error {
	switch code(err) {
	case undefinedFile, featureNotSupported, insufficientRights:
		return fmt.Errorf("%w: %w", ErrNoVector, err)
	}
	return err
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	vector "github.com/pgvector/pgvector-go/pgx"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// DefaultSchema is where the tables are.
const DefaultSchema = "pifr"

// Options say how a database is opened. The zero value searches exactly.
type Options struct {
	// Schema is that of the tables; the empty one is DefaultSchema. Several galleries may be
	// in one database.
	Schema string

	// HNSW searches approximately, by an index; nil searches exactly.
	HNSW *HNSW
}

// HNSW says how an index is made and used. Zeros stand for what the comments say.
type HNSW struct {
	M              int // neighbors of a face in the graph: 16
	EfConstruction int // candidates for these, at least twice as many: 64
	// EfSearch is how many candidates a search keeps, at least as many as it shall find,
	// and at most 1,000: 100. More of them miss fewer faces, and take longer.
	EfSearch int
}

// What pgvector can.
const (
	mostLength      = 16000 // of a vector
	mostIndexed     = 2000  // of a vector in an index
	mostEfSearch    = 1000
	mostOfM         = 100
	mostOfEfConstr  = 1000
	mostOfIDs       = 1000 // bytes: what an index surely keeps
	mostOfNames     = 63   // bytes of a name of a schema
	longestInTable  = 1500 // values that leave a row on its page
	maxInQueue      = 100  // searches that are sent together
	mostRowsOfTally = 1000
)

// fill replaces zeros, and says what cannot be.
func (o Options) fill(length int) (Options, error) {
	if o.Schema == "" {
		o.Schema = DefaultSchema
	}
	if err := checkText("schema", o.Schema); err != nil {
		return o, err
	}
	if len(o.Schema) > mostOfNames {
		return o, fmt.Errorf("schema %q: at most %d bytes are kept", o.Schema, mostOfNames)
	}
	if length > mostLength {
		return o, fmt.Errorf("features of length %d: pgvector keeps at most %d", length, mostLength)
	}
	if o.HNSW == nil {
		return o, nil
	}
	h := *o.HNSW
	for value, instead := range map[*int]int{&h.M: 16, &h.EfConstruction: 64, &h.EfSearch: 100} {
		if *value == 0 {
			*value = instead
		}
	}
	h.EfConstruction = max(h.EfConstruction, 2*h.M)
	if h.M < 2 || h.M > mostOfM || h.EfConstruction > mostOfEfConstr || h.EfSearch < 1 || h.EfSearch > mostEfSearch {
		return o, fmt.Errorf("HNSW %+v: want M in 2 to %d, EfConstruction at most %d, EfSearch at most %d", h, mostOfM, mostOfEfConstr, mostEfSearch)
	}
	if length > mostIndexed {
		return o, fmt.Errorf("features of length %d: an index keeps at most %d", length, mostIndexed)
	}
	o.HNSW = &h
	return o, nil
}

// Store is a gallery.Store in a database. It is safe for concurrent use, as is having
// several of the same database, in one program or in many.
type Store struct {
	pool    *pgxpool.Pool
	options Options
	names   names

	made       atomic.Pointer[gallery.Models]
	committing sync.Mutex    // held while Replace exchanges the database's models and made
	again      chan struct{} // a token: changes are done again one at a time
	closed     atomic.Bool
}

var _ gallery.Store = (*Store)(nil)

// Open connects to a database, and makes the tables if there are none. The models are
// those that the program makes features with; the zero value takes whatever the database
// has, and is an error for a new one. The error wraps gallery.ErrModels or ErrSchema, or
// ErrNoVector, where one of these is the reason. It does not have the URL's password.
func Open(ctx context.Context, url string, models gallery.Models, o Options) (*Store, error) {
	s, err := open(ctx, url, models, o)
	if err != nil {
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	return s, nil
}

func open(ctx context.Context, url string, models gallery.Models, o Options) (_ *Store, err error) {
	if o, err = o.fill(models.FeatureLen); err != nil {
		return nil, err
	}
	config, err := parse(url)
	if err != nil {
		return nil, err
	}
	s := &Store{options: o, again: make(chan struct{}, 1)}
	made, err := s.prepare(ctx, config.ConnConfig, models, migrations)
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	s.made.Store(&made)
	config.AfterConnect = registerVector
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, s.translate(ctx, err)
	}
	return s, nil
}

// parse reads a URL, or pgx's list of keys and values.
func parse(text string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(text)
	if err != nil {
		return nil, withoutURL(err)
	}
	// A context that ends also ends what the server is doing for it.
	config.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: 2 * time.Second}
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 30 * time.Second
	}
	return config, nil
}

// withoutURL is an error of pgx's without the text that it could not read, in which
// anything may be the password.
func withoutURL(err error) error {
	var inURL *url.Error
	if inner := errors.Unwrap(err); inner != nil && !errors.As(err, &inURL) && !strings.Contains(err.Error(), "keyword/value") {
		return fmt.Errorf("the URL of the database: %w", inner)
	}
	return errors.New("the URL of the database cannot be read: want postgres://user:password@host:port/database, " +
		"with %XX for what has a meaning in URLs")
}

// registerVector tells a connection how features are sent.
func registerVector(ctx context.Context, c *pgx.Conn) error {
	var oid uint32
	err := c.QueryRow(ctx, `SELECT t.oid FROM pg_type t JOIN pg_extension e ON e.extnamespace = t.typnamespace
		WHERE e.extname = 'vector' AND t.typname = 'vector'`).Scan(&oid)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoVector
	}
	if err != nil {
		return err
	}
	c.TypeMap().RegisterType(&pgtype.Type{Name: "vector", OID: oid, Codec: vector.VectorCodec{}})
	return nil
}

// Package postgres keeps a gallery in a PostgreSQL database with pgvector, for many
// programs at once.
//
//	store, err := postgres.Open(ctx, url, gallery.ModelsOf(r), postgres.Options{})
//	defer store.Close()
//	g, err := gallery.New(store, gallery.Options{Decision: r.Decision()})
//
// # The database
//
// It needs PostgreSQL 13 or newer, with the extension vector (pgvector) on the server; the
// tests run on PostgreSQL 18 with pgvector 0.8.5. The tables are in a schema of their own,
// which the first program makes, with the extension if it is not there yet. Both need
// rights, and an administrator may do that first (CREATE EXTENSION vector; CREATE SCHEMA
// pifr AUTHORIZATION somebody). The URL is that of pgx: pool_max_conns=20 in it lets a
// program have 20 connections.
//
// Changes are serializable transactions. Those that others get ahead of are done again,
// up to twenty times, before they end with gallery.ErrConflict. A change that was answered
// for is on the server's disk, unless somebody has turned off its settings fsync or
// synchronous_commit. If the connection is lost while a change is being committed, the
// server is asked what became of it; only if it does not answer either does the error say
// that this is not known.
//
// # Search
//
// Nearest compares with every face, on as many processors as the server gives it. With
// Options.HNSW it walks a graph (Hierarchical Navigable Small World) that the server
// keeps, which is much faster among many faces and may miss some of the nearest. The
// first program that asks for the index makes it, while changes wait; parameters of an
// index that is there stay as they are. examples/bench -what gallery measures both.
//
// # Strings
//
// PostgreSQL keeps no NUL bytes and no invalid UTF-8, and IDs of at most 1,000 bytes;
// others are refused with ErrText before anything is written. Times are kept to the
// microsecond.
//
// # What is removed
//
// A removed face can no longer be read, and is on the server's disk for a while: in the
// table until VACUUM has run and something else has overwritten it, in the write-ahead
// log until it is recycled, in replicas' and archived logs and in backups for as long as
// these are kept. Store.Purge rewrites the tables without what was removed; logs, backups
// and the disk's own free blocks are for who runs the server: a short
// wal_keep_size, an archive that expires, and encrypted disks.
package postgres

// Package sqlite keeps a gallery in one file, with SQLite in pure Go, and searches it in
// memory, exactly.
//
//	store, err := sqlite.Open(ctx, "people.db", gallery.ModelsOf(r), sqlite.Options{})
//	defer store.Close()
//	g, err := gallery.New(store, gallery.Options{Decision: r.Decision()})
//
// # The file
//
// One program has the file at a time; others get gallery.ErrLocked. Beside it lie
// FILE-wal, SQLite's write-ahead log, while it is open, and FILE.lock. Every change is a
// transaction that is on the disk before it is answered for: a program that is killed, or
// a machine that loses power, loses nothing of it, and leaves no half of another one.
// What is removed is overwritten with zeros (secure_delete), and the log emptied behind
// it. Only its owner can read a new file.
//
// # Memory
//
// All features are in memory: 4 bytes a value, or 1 with index.Int8. Cosines that a
// gallery decides by are computed from the file's own features in both.
//
// The package builds wherever modernc.org/sqlite does, and so not for js and wasip1.
package sqlite

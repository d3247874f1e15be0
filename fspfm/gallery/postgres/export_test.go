package postgres

import (
	"context"

	"github.com/pifr-go/pifr/fspfm/gallery"
)

// OpenNewer prepares a database as a program does that knows more versions of the tables.
func OpenNewer(ctx context.Context, url string, models gallery.Models, more ...string) error {
	config, err := parse(url)
	if err != nil {
		return err
	}
	s := &Store{}
	if s.options, err = s.options.fill(models.FeatureLen); err != nil {
		return err
	}
	_, err = s.prepare(ctx, config.ConnConfig, models, append(migrations[:len(migrations):len(migrations)], more...))
	return err
}

package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/gallerytest"
	"github.com/pifr-go/pifr/fspfm/gallery/index"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
)

func place(o sqlite.Options) func(t *testing.T) gallerytest.Place {
	return func(t *testing.T) gallerytest.Place {
		path := filepath.Join(t.TempDir(), "odd name, 100% of 50? #1.db")
		return func(ctx context.Context, m gallery.Models) (gallery.Store, error) {
			return sqlite.Open(ctx, path, m, o)
		}
	}
}

func TestStore(t *testing.T) { gallerytest.Run(t, place(sqlite.Options{}), gallerytest.Options{}) }

func TestStoreInt8(t *testing.T) {
	gallerytest.Run(t, place(sqlite.Options{Form: index.Int8}), gallerytest.Options{CosineError: 8e-3})
}

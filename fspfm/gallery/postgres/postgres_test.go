package postgres_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/gallerytest"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
	"github.com/pifr-go/pifr/internal/pgtest"
)

// shared is the server of these tests.
var shared pgtest.Shared

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == enrollFlag {
		fmt.Fprintln(os.Stderr, enrollUntilKilled(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	os.Exit(shared.Main(m))
}

// place is a database of its own. The schema's name wants quotes.
func place(o postgres.Options, settings string) func(t *testing.T) gallerytest.Place {
	o.Schema = `odd "name"; {v} $1`
	return func(t *testing.T) gallerytest.Place {
		url := shared.URL(t) + settings
		return func(ctx context.Context, m gallery.Models) (gallery.Store, error) {
			return postgres.Open(ctx, url, m, o)
		}
	}
}

func TestStore(t *testing.T) {
	gallerytest.Run(t, place(postgres.Options{}, ""), gallerytest.Options{})
}

// TestStoreHNSW has the server use the index, which it would not for so few faces.
func TestStoreHNSW(t *testing.T) {
	gallerytest.Run(t, place(postgres.Options{HNSW: &postgres.HNSW{}}, "&enable_seqscan=off"), gallerytest.Options{Recall: 0.9})
}

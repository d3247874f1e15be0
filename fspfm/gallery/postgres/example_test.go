package postgres_test

import (
	"context"
	"fmt"
	"os"

	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
)

// Open takes a database's URL; any number of programs may do so at once.
func ExampleOpen() {
	ctx := context.Background()
	models := gallery.Models{Fingerprint: "of the recognizer", FeatureLen: 512} // gallery.ModelsOf(r)
	store, err := postgres.Open(ctx, os.Getenv("DATABASE_URL"), models, postgres.Options{
		HNSW: &postgres.HNSW{EfSearch: 200},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	g, err := gallery.New(store, gallery.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	people, faces, err := g.Count(ctx)
	fmt.Println(people, faces, err)
}

package models_test

import (
	"context"
	"fmt"
	"log"

	"github.com/pifr-go/pifr/fspfm/models"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// The head of the pack that is compiled in, and the extractor it was trained behind.
func Example() {
	ctx := context.Background()
	file, err := models.Find(ctx, pack.Head, "tiny")
	if err != nil {
		log.Fatal(err)
	}
	module, usage, err := file.Head()
	if err != nil {
		log.Fatal(err)
	}
	extractor, err := models.Find(ctx, pack.Recognizer, "tiny")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(module.FeatureLen(), module.PoseLen(), usage.ExtractorSHA256[0] == extractor.SHA256)
	// Output: 128 192 true
}

package verification_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/verification"
)

// A set of one pair, written for InsightFace's tools and read again.
func Example() {
	face, err := dataset.Encode(make([]uint8, dataset.PixelLen), dataset.JPEG)
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "verification")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mine.bin")
	mine := verification.Set{Pictures: [][]byte{face, face}, Same: []bool{true}}
	if err := mine.WriteFile(path, verification.DefaultProtocol); err != nil {
		log.Fatal(err)
	}
	set, err := verification.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.Len(), "pair, of one person:", set.Same[0], len(set.SHA256))
	// Output:
	// 1 pair, of one person: true 64
}

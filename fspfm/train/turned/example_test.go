package turned_test

import (
	"fmt"
	"image"
	"image/jpeg"
	"log"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/train/turned"
)

// A folder of each person, or one photo of each.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "portraits")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"anna/1.jpg", "anna/2.jpg", "bert.jpg"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			log.Fatal(err)
		}
		f, err := os.Create(file)
		if err != nil {
			log.Fatal(err)
		}
		if err := jpeg.Encode(f, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
			log.Fatal(err)
		}
		if err := f.Close(); err != nil {
			log.Fatal(err)
		}
	}
	photos, err := turned.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(photos.Names, photos.People)
	// Output: [anna/1.jpg anna/2.jpg bert.jpg] [0 0 1]
}

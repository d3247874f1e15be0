package photos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/photos"
)

func Example() {
	dir, err := os.MkdirTemp("", "photos")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	picture, err := os.ReadFile(filepath.Join("testdata", "scene.avif"))
	if err != nil {
		log.Fatal(err)
	}
	for name, content := range map[string]string{"a.jpg": string(picture), "b.jpg": "not found", "notes.txt": "by the sea", "._a.jpg": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			log.Fatal(err)
		}
	}

	var summary photos.Summary
	for e := range (photos.Walker{}).Walk(context.Background(), dir) {
		summary.Add(e)
		switch {
		case e.Err != nil:
			fmt.Println(filepath.Base(e.Path), "-", e.Err)
		case e.Photo():
			p, err := photos.Open(e.Path, photos.Options{})
			if err != nil {
				fmt.Println(err)
				continue
			}
			fmt.Println(filepath.Base(e.Path), "-", p.Kind, p.Image.Bounds().Size())
		}
	}
	fmt.Println(summary.String())
	// Output:
	// a.jpg - avif (192,128)
	// b.jpg - not a picture in a known format: its name is that of a photo, its content is: text
	// 4 files: 1 photo (1 avif); 2 not a picture (2 text), 1 hidden
}

func ExampleName() {
	line, err := json.Marshal(photos.Name("caf\xe9.jpg")) // in Latin 1
	if err != nil {
		log.Fatal(err)
	}
	var back photos.Name
	if err := json.Unmarshal(line, &back); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %q %v\n", line, string(back), back)
	// Output: "caf\udce9.jpg" "caf\xe9.jpg" "caf\xe9.jpg"
}

package views_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/dataset/views"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "views")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"ann/frontal/1.jpg", "ann/profile/1.jpg", "bob/frontal/1.jpg", "bob/profile/1.jpg"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			fmt.Println(err)
			return
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			fmt.Println(err)
			return
		}
	}
	set, err := views.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(set.People, set.Count(views.Frontal), set.Count(views.Profile))
	// Output: [ann bob] 2 2
}

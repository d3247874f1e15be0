package site

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
)

// page is plain HTML, CSS and JavaScript, which nothing has to be built of.
//
//go:embed page
var page embed.FS

// addPage serves the page's files under their names, and index.html and docs.html under
// shorter ones.
func (s *Site) addPage() error {
	files, err := fs.Sub(page, "page")
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := fs.ReadFile(files, e.Name())
		if err != nil {
			return err
		}
		where := "/" + e.Name()
		switch e.Name() {
		case "index.html":
			where = "/{$}"
		case "docs.html":
			where = "/docs"
		}
		kind := mime.TypeByExtension(path.Ext(e.Name()))
		s.mux.HandleFunc("GET "+where, func(w http.ResponseWriter, r *http.Request) {
			callerOf(r.Context()).op = "page"
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(data)
		})
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"mime"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// policy lets the page load what comes from its own address, run WebAssembly, and show
// pictures that it has made itself; nothing else, and nothing may be sent elsewhere.
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// serve gives out the files of a folder until the context ends.
func serve(ctx context.Context, listener net.Listener, dir string) error {
	server := &http.Server{Handler: files(dir), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// files gives out a folder's files, compressed to browsers that take them so.
func files(dir string) http.Handler {
	plain := http.FileServer(http.Dir(dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Vary", "Accept-Encoding")
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		compressed := filepath.Join(dir, name+".gz")
		_, err := os.Stat(compressed)
		if err != nil || !filepath.IsLocal(name) || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			plain.ServeHTTP(w, r)
			return
		}
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Type", contentType(name))
		http.ServeFile(w, r, compressed)
	})
}

// contentType is that of a file by its name, where what the system says of names is not
// to be relied on.
func contentType(name string) string {
	switch ext := filepath.Ext(name); ext {
	case ".wasm":
		return "application/wasm"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".json":
		return "application/json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pifr-go/pifr/fspfm/pack"
)

//go:embed site
var page embed.FS

// engine is the program that runs in the browser.
const engine = "github.com/pifr-go/pifr/examples/wasm/engine"

// site is what the page reads of itself, site.json.
type site struct {
	Pack    string   `json:"pack"`
	Demo    []string `json:"demo"` // two photos
	Credits string   `json:"credits"`
}

// build makes the page in a folder, and says how large its files are.
func (o *options) build(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := o.compile(ctx, dir); err != nil {
		return err
	}
	pages, err := fs.Sub(page, "site")
	if err != nil {
		return err
	}
	names, err := fs.Glob(pages, "*")
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := fs.ReadFile(pages, name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	if err := o.models(ctx, dir); err != nil {
		return err
	}
	if err := o.describe(ctx, dir); err != nil {
		return err
	}
	return o.compress(dir)
}

// compile builds the engine, and copies the script that starts Go programs, which has to
// be that of the same version of Go.
func (o *options) compile(ctx context.Context, dir string) error {
	target := filepath.Join(dir, "engine.wasm")
	target, err := filepath.Abs(target)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.stderr, "compiling the library for js/wasm, which takes minutes the first time")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", target, engine)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	script, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "wasm_exec.js"), script, 0o644)
}

// models writes the archive of those of the pack's models that are not in the program
// already.
func (o *options) models(ctx context.Context, dir string) error {
	p, err := pack.Fetch(ctx, o.pack, pack.Progress(o.stderr))
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, role := range p.Roles() {
		e, err := p.Entry(role)
		if err != nil {
			return err
		}
		if e.Path == "" {
			continue
		}
		data, err := p.Read(role)
		if err != nil {
			return err
		}
		file, err := w.Create(e.File.Name)
		if err != nil {
			return err
		}
		if _, err := file.Write(data); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "models.zip"), archive.Bytes(), 0o644)
}

// describe writes site.json, and the photos that it names if they can be had.
func (o *options) describe(ctx context.Context, dir string) error {
	s := site{Pack: o.pack}
	photos, err := pack.DemoPhotos(ctx, pack.Progress(o.stderr))
	if err != nil {
		fmt.Fprintln(o.stderr, "the page has no photos to try:", err)
	}
	var credits []string
	for _, p := range photos {
		if !strings.HasPrefix(p.Name, "person_b_") {
			continue
		}
		data, err := os.ReadFile(p.Path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, p.Name), data, 0o644); err != nil {
			return err
		}
		s.Demo = append(s.Demo, p.Name)
		credits = append(credits, fmt.Sprintf("%s, %s, %s", p.Title, p.Credit, p.License))
	}
	if len(credits) > 0 {
		s.Credits = "Photos to try: " + strings.Join(credits, "; ") + "."
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "site.json"), data, 0o644)
}

// compress writes each file a second time with gzip, and prints both lengths.
func (o *options) compress(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	total := 0
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".gz") {
			continue
		}
		path := filepath.Join(dir, f.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if err := os.WriteFile(path+".gz", out.Bytes(), 0o644); err != nil {
			return err
		}
		total += out.Len()
		fmt.Fprintf(o.stdout, "%-16s %9d bytes, %9d over the wire\n", f.Name(), len(data), out.Len())
	}
	fmt.Fprintf(o.stdout, "%.1f MB over the wire\n", float64(total)/1e6)
	return nil
}

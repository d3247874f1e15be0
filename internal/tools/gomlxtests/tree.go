package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

const upstream = "github.com/gomlx/gomlx"

// tree is a writable copy of the gomlx module.
type tree struct {
	dir      string
	packages []pkg
}

// pkg is a package of the copy that has tests.
type pkg struct {
	path, dir string
	binary    string
}

// patch is a change to one file of the copy. It has to apply: a new version of gomlx that
// no longer has the text makes the command fail, rather than run something else.
type patch struct {
	file, old, new string
}

// patches keep the tests from doing what they must not: the test helpers download and
// install XLA before any engine is opened, whichever was asked for.
var patches = []patch{
	{"support/testutil/testutil.go", "err := xla.AutoInstall()", "err := error(nil)"},
	{"support/testutil/testutil.go", "\t\"github.com/gomlx/go-xla/compute/xla\"", "\t_ \"github.com/gomlx/go-xla/compute/xla\""},
	{"core/graph/graph_test.go", "err := xla.AutoInstall()", "err := error(nil)"},
	{"core/graph/graph_test.go", "\t\"github.com/gomlx/go-xla/compute/xla\"", "\t_ \"github.com/gomlx/go-xla/compute/xla\""},
}

// hardCoded finds the tests that open the engine "go" by its constructor: they are made
// to open the engine under test.
var (
	hardCoded       = regexp.MustCompile(`\bgobackend\.New\(`)
	hardCodedImport = regexp.MustCompile(`(?m)^\t"github.com/gomlx/compute/gobackend"`)
)

const helper = `
// openNamed stands for gobackend.New: it opens the engine that GOMLX_BACKEND names.
func openNamed(string) (compute.Backend, error) { return compute.New() }
`

// prepare makes the copy, and ties this module's engine into its tests.
func (t *tree) prepare(ctx context.Context, s settings) error {
	source, err := goList(ctx, "", "-m", "-f", "{{.Dir}}", upstream)
	if err != nil {
		return err
	}
	if err := copyTree(t.dir, source[0]); err != nil {
		return err
	}
	for _, p := range patches {
		if err := p.apply(t.dir); err != nil {
			return err
		}
	}
	module, err := t.require(ctx)
	if err != nil {
		return err
	}
	format := "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}\t{{.Dir}}{{end}}"
	lines, err := goList(ctx, t.dir, append([]string{"-mod=mod", "-f", format}, strings.Fields(s.packages)...)...)
	if err != nil {
		return err
	}
	for _, line := range lines {
		path, dir, ok := strings.Cut(line, "\t")
		if !ok {
			continue
		}
		p := pkg{path: strings.TrimPrefix(path, upstream+"/"), dir: dir}
		if err := p.tie(module + "/" + s.importPath); err != nil {
			return err
		}
		t.packages = append(t.packages, p)
	}
	return nil
}

// require makes the copy depend on this module as it is on disk, and returns this
// module's path.
func (t *tree) require(ctx context.Context) (module string, err error) {
	lines, err := goList(ctx, "", "-m", "-f", "{{.Path}}\t{{.Dir}}")
	if err != nil {
		return "", err
	}
	module, dir, _ := strings.Cut(lines[0], "\t")
	cmd := exec.CommandContext(ctx, "go", "mod", "edit", "-require="+module+"@v0.0.0", "-replace="+module+"="+dir)
	cmd.Dir = t.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go mod edit: %w\n%s", err, out)
	}
	// The sums of both modules together: versions that only this module asks for need no
	// second look-up.
	ours, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return "", err
	}
	file := filepath.Join(t.dir, "go.sum")
	theirs, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return module, os.WriteFile(file, append(theirs, ours...), 0o644)
}

func (p patch) apply(root string) error {
	file := filepath.Join(root, p.file)
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if n := strings.Count(string(data), p.old); n != 1 {
		return fmt.Errorf("patch %s: %q occurs %d times, want 1", p.file, p.old, n)
	}
	return os.WriteFile(file, []byte(strings.Replace(string(data), p.old, p.new, 1)), 0o644)
}

// tie adds the import of the engine to the package's tests, and takes hard-coded engines
// out.
func (p pkg) tie(engine string) error {
	files, err := filepath.Glob(filepath.Join(p.dir, "*_test.go"))
	if err != nil {
		return err
	}
	helpers := map[string]bool{} // by the name of the package clause: p or p_test
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := packageClause.FindSubmatch(data)
		if name == nil {
			return fmt.Errorf("%s: no package clause", file)
		}
		helpers[string(name[1])] = helpers[string(name[1])] || hardCoded.Match(data)
		if hardCoded.Match(data) {
			data = hardCoded.ReplaceAll(data, []byte("openNamed("))
			data = hardCodedImport.ReplaceAll(data, []byte("\t_ \"github.com/gomlx/compute/gobackend\""))
			if err := os.WriteFile(file, data, 0o644); err != nil {
				return err
			}
		}
	}
	for name, needed := range helpers {
		src := fmt.Sprintf("package %s\n\nimport _ %q\n", name, engine)
		if needed {
			src = fmt.Sprintf("package %s\n\nimport (\n\t\"github.com/gomlx/compute\"\n\t_ %q\n)\n%s", name, engine, helper)
		}
		file := filepath.Join(p.dir, "zz_engine_"+name+"_test.go")
		if err := os.WriteFile(file, []byte(src), 0o644); err != nil {
			return err
		}
	}
	return nil
}

var packageClause = regexp.MustCompile(`(?m)^package (\w+)`)

// compile builds the test binary of each package, several at a time.
func (t *tree) compile(ctx context.Context, bin string, parallel int) ([]pkg, error) {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return nil, err
	}
	var (
		wg    sync.WaitGroup
		slots = make(chan struct{}, parallel)
		errs  = make([]error, len(t.packages))
	)
	for i := range t.packages {
		p := &t.packages[i]
		p.binary = filepath.Join(bin, strings.ReplaceAll(p.path, "/", "_")+".test")
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			cmd := exec.CommandContext(ctx, "go", "test", "-c", "-mod=mod", "-o", p.binary, ".")
			cmd.Dir = p.dir
			cmd.Env = append(os.Environ(), "GOWORK=off")
			if out, err := cmd.CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("compile tests of %s: %w\n%s", p.path, err, out)
			}
		})
		if i == 0 {
			wg.Wait() // the first one resolves the module's sums: go.mod is written by one process only
		}
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return t.packages, nil
}

// copyTree copies regular files, and makes them writable.
func copyTree(dst, src string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		target := filepath.Join(dst, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}

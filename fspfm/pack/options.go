package pack

import (
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/internal/fetch"
)

// Option changes how Fetch works.
type Option func(*config)

type config struct {
	cache     string
	local     []string
	given     []fs.FS
	precision string
	out       io.Writer
	client    *http.Client
}

// Progress says where progress goes: a bar if w is a terminal, lines otherwise. The
// default is os.Stderr; nil keeps quiet.
func Progress(w io.Writer) Option {
	return func(c *config) {
		if w == nil {
			w = io.Discard
		}
		c.out = w
	}
}

// Local adds folders to look in before anything is downloaded, ahead of those of
// PIFR_PACKS. Files that are there are used in place.
func Local(dirs ...string) Option {
	return func(c *config) { c.local = append(c.local, dirs...) }
}

// Cache keeps the files in another folder than "pifr/packs" of the user's cache
// directory.
func Cache(dir string) Option {
	return func(c *config) { c.cache = dir }
}

// Precision insists on files of one precision, Float32 or Int8BQ, for the models that
// come in several.
func Precision(p string) Option {
	return func(c *config) { c.precision = p }
}

// Client replaces the HTTP client, whose default gives up soon on servers that do not
// answer.
func Client(h *http.Client) Option {
	return func(c *config) { c.client = h }
}

func newConfig(opts []Option) (config, error) {
	c := config{out: os.Stderr}
	for _, o := range opts {
		o(&c)
	}
	c.local = append(c.local, filepath.SplitList(os.Getenv(LocalEnv))...)
	if c.client == nil {
		c.client = fetch.NewClient()
	}
	var err error
	if c.cache == "" {
		c.cache, err = userCache()
	}
	return c, err
}

// userCache is where files are kept unless the option Cache says otherwise.
func userCache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "pifr", "packs"), nil
}

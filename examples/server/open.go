package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/pifr-go/pifr/examples/server/internal/api"
	"github.com/pifr-go/pifr/examples/server/internal/audit"
	"github.com/pifr-go/pifr/examples/server/internal/demo"
	"github.com/pifr-go/pifr/examples/server/internal/given"
	"github.com/pifr-go/pifr/examples/server/internal/groups"
	"github.com/pifr-go/pifr/examples/server/internal/jobs"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/examples/server/internal/sight"
	"github.com/pifr-go/pifr/examples/server/internal/site"
	"github.com/pifr-go/pifr/examples/server/internal/work"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/gallery"
	"github.com/pifr-go/pifr/fspfm/gallery/index"
	"github.com/pifr-go/pifr/fspfm/gallery/postgres"
	"github.com/pifr-go/pifr/fspfm/gallery/sqlite"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/people"
)

// server is everything that is open.
type server struct {
	*options
	log      *slog.Logger
	seer     *sight.Seer
	demo     *demo.Photos // nil without -demo
	queue    *work.Queue
	budget   *work.Budget
	gallery  *gallery.Gallery
	groups   *groups.Store
	jobs     *jobs.Jobs
	audit    *audit.Log
	keys     *keys.File
	handler  http.Handler
	draining atomic.Bool

	closers []func() error // in the order of opening
}

// open opens everything but the network.
func open(ctx context.Context, o *options) (_ *server, err error) {
	s := &server{options: o, queue: work.NewQueue(o.workers, o.waiting), budget: work.NewBudget(o.memory)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	s.log = slog.New(slog.NewTextHandler(o.stderr, nil))
	if o.json {
		s.log = slog.New(slog.NewJSONHandler(o.stderr, nil))
	}
	for _, step := range []func(context.Context) error{s.openDemo, s.openSeer, s.openGallery, s.openGroups, s.openKeys, s.openSite} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// fetchModels opens the models, which fetches those that are not there.
func fetchModels(ctx context.Context, o *options) error {
	s := &server{options: o}
	return errors.Join(s.openSeer(ctx), s.close())
}

func (s *server) later(close func() error) { s.closers = append(s.closers, close) }

// close closes what is open, the last first.
func (s *server) close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(errs...)
}

// openDemo renders photos into the data's folder, which is one to be removed unless it is
// named.
func (s *server) openDemo(context.Context) (err error) {
	if !s.options.demo {
		return nil
	}
	if s.data == "" {
		if s.data, err = os.MkdirTemp("", "pifr-demo-"); err != nil {
			return err
		}
		s.later(func() error { return os.RemoveAll(s.data) })
	}
	photos := filepath.Join(s.data, "photos")
	s.roots = append(s.roots, photos)
	s.demo, err = demo.Render(photos)
	return err
}

func (s *server) openSeer(ctx context.Context) error {
	opts, err := s.photo.Options()
	if err != nil {
		return err
	}
	opts = append(opts, fspfm.WithEngineName("gonum"), fspfm.WithMaxFaces(s.faces), fspfm.WithFetch(pack.Progress(s.stderr)))
	r, err := fspfm.Open(ctx, opts...)
	if err != nil {
		return err
	}
	s.later(r.Close)
	s.seer = &sight.Seer{Recognizer: r, Limits: s.photo.Limits()}
	if s.demo != nil && r.Maker().Detector.SHA256 == "" {
		s.seer.Known = s.demo.Known
	}
	return nil
}

// openGallery opens the people's store, a file or a database.
func (s *server) openGallery(ctx context.Context) error {
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		return err
	}
	where, models := s.options.gallery, gallery.ModelsOf(s.seer.Recognizer)
	if where == "" {
		where = filepath.Join(s.data, "people.db")
	}
	var store gallery.Store
	var err error
	if u, bad := url.Parse(where); bad == nil && strings.HasPrefix(u.Scheme, "postgres") {
		s.log.Info("people", "database", u.Redacted())
		store, err = postgres.Open(ctx, where, models, postgres.Options{})
	} else {
		store, err = sqlite.Open(ctx, where, models, sqlite.Options{})
	}
	if err != nil {
		return err
	}
	s.later(store.Close)
	s.gallery, err = gallery.New(store, gallery.Options{Decision: s.seer.Recognizer.Decision(), MinQuality: s.minQuality, FPIR: s.falses})
	return err
}

// openGroups opens the groups, and the jobs that add to them.
func (s *server) openGroups(ctx context.Context) (err error) {
	r := s.seer.Recognizer
	s.groups, err = groups.Open(ctx, s.data, r.Fingerprint(), people.Options{Decision: r.Decision(), Neighbors: index.Neighbors{}})
	if err != nil {
		return err
	}
	s.later(s.groups.Close)
	s.jobs, err = jobs.Open(jobs.Config{
		Dir: filepath.Join(s.data, "jobs"), Roots: s.roots, Seer: s.seer, Groups: s.groups, Queue: s.queue, Most: 1000, Log: s.log,
	})
	if err != nil {
		return err
	}
	s.later(func() error { s.jobs.Close(); return nil })
	return nil
}

func (s *server) openKeys(context.Context) (err error) {
	if s.options.keys != "" {
		if s.keys, err = keys.Open(s.options.keys); err != nil {
			return err
		}
	}
	if s.options.audit == "" {
		s.options.audit = filepath.Join(s.data, "audit.jsonl")
	}
	if s.audit, err = audit.Open(s.options.audit); err != nil {
		return err
	}
	s.later(s.audit.Close)
	return nil
}

// openSite makes the handler of requests.
func (s *server) openSite(context.Context) error {
	m := site.NewMetrics(s.queue, s.budget)
	c := site.Config{Keys: s.keys, Rates: work.NewRates(s.rate, s.burst), Origins: s.origins, Hosts: s.names, Log: s.log}
	service := &api.Service{
		Seer: s.seer, Gallery: s.gallery, Groups: s.groups, Jobs: s.jobs, Queue: s.queue, Audit: s.audit, Log: s.log, Counts: m, Draining: s.draining.Load,
		Given: &given.Reader{MaxPhoto: int64(s.photo.MaxBytes), MaxBody: s.requestBytes, MaxPhotos: s.photos, Patience: s.bodyTime, Budget: s.budget},
	}
	if len(s.hosts) > 0 {
		service.Given.Hosts = given.NewHosts(s.hosts)
	}
	if s.demo != nil {
		service.Demo = s.demo.List
		c.Demo = s.demo
	}
	web, err := site.New(c, m)
	if err != nil {
		return err
	}
	service.Register(web.API)
	s.handler = web
	return nil
}

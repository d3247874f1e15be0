// Package site is what stands between the network and the operations: who may ask, how
// often, from which pages, and what is counted and logged of it. It has the page, too.
package site

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pifr-go/pifr/examples/server/internal/api"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/examples/server/internal/work"
)

// Config says who may ask.
type Config struct {
	Keys    *keys.File // nil lets everybody do everything
	Rates   *work.Rates
	Origins []string // of pages elsewhere that may ask
	Hosts   []string // names that the server answers to; none is any
	Log     *slog.Logger
	Demo    http.Handler // its photos; nil is none
}

// Site is a handler of all requests.
type Site struct {
	Config
	metrics *Metrics
	mux     *http.ServeMux
	handler http.Handler
	API     huma.API
}

// New makes the handler, to whose API operations are to be added.
func New(c Config, m *Metrics) (*Site, error) {
	s := &Site{Config: c, metrics: m, mux: http.NewServeMux()}
	s.API = humago.New(s.mux, api.Config())
	s.API.UseMiddleware(s.admit)
	s.mux.HandleFunc("GET /metrics", s.serveMetrics)
	if c.Demo != nil {
		s.mux.Handle("GET /demo/photos/", http.StripPrefix("/demo/photos/", c.Demo))
	}
	if err := s.addPage(); err != nil {
		return nil, err
	}
	crossed := http.NewCrossOriginProtection()
	for _, o := range c.Origins {
		if err := crossed.AddTrustedOrigin(o); err != nil {
			return nil, err
		}
	}
	crossed.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusForbidden, "origin", "pages from elsewhere may not ask for this")
	}))
	s.handler = s.observe(s.named(s.shared(crossed.Handler(s.mux))))
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// caller is who has asked for something; the request carries it around.
type caller struct {
	request string
	key     keys.Key
	op      string
}

// observe gives each request an ID, and counts and logs it. No query, no body and no name
// is logged: they may say whom a photo shows.
func (s *Site) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin, c := time.Now(), &caller{request: requestID(r)}
		w.Header().Set("X-Request-Id", c.request)
		secure(w.Header())
		out := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.Log.Error("panic", "request", c.request, "panic", p, "stack", string(debug.Stack()))
				if out.status == 0 {
					write(out, http.StatusInternalServerError, "internal", "something went wrong")
				}
			}
			s.metrics.request(c.op, out.status, time.Since(begin))
			s.Log.Info("request", "request", c.request, "op", c.op, "method", r.Method, "status", out.status, "bytes", out.bytes,
				"ms", time.Since(begin).Milliseconds(), "key", c.key.ID)
		}()
		ctx := api.WithCaller(r.Context(), c.request, "")
		next.ServeHTTP(out, r.WithContext(withCaller(ctx, c)))
	})
}

// requestID is the one that the client gives, if it is one, or a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) < 8 || len(id) > 64 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != "" {
		return rand.Text()
	}
	return id
}

// secure sets what keeps browsers from doing more with an answer than was meant.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "+
		"connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store") // answers are about people
}

// named refuses requests under names that the server does not have: a page whose name
// leads to this machine is one from elsewhere.
func (s *Site) named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(s.Hosts) > 0 && !contains(s.Hosts, hostname(r.Host)) {
			write(w, http.StatusMisdirectedRequest, "name", "the server does not go by that name: -names lists those it does")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// shared lets pages from listed origins ask (CORS).
func (s *Site) shared(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin, h := r.Header.Get("Origin"), w.Header()
		h.Add("Vary", "Origin")
		if origin == "" || !contains(s.Origins, origin) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "ETag, Link, Retry-After, X-Request-Id")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, X-Request-Id")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recorder keeps what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

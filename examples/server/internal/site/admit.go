package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/pifr-go/pifr/examples/server/internal/api"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
)

// admit lets an operation happen if who asks has a key of its role, and does not ask too
// often.
func (s *Site) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	c := callerOf(r.Context())
	op := ctx.Operation()
	c.op = op.OperationID
	role := api.RoleOf(op)
	if role == "" { // how the server is, and the document
		next(ctx)
		return
	}
	if !s.allowed(w, r, c, role) {
		return
	}
	inner := api.WithRole(api.WithCaller(r.Context(), c.request, c.key.ID), c.key.Role)
	next(huma.WithContext(ctx, inner))
}

// allowed says whether a request may go on, and answers it if not.
func (s *Site) allowed(w http.ResponseWriter, r *http.Request, c *caller, role keys.Role) bool {
	user := address(r)
	switch {
	case s.Keys == nil:
		c.key.Role = keys.Admin
	default:
		k, err := s.Keys.Find(token(r))
		if errors.Is(err, keys.ErrUnknown) {
			// Guessing is bounded, too.
			if !s.inTime(w, "guess "+user) {
				return false
			}
			w.Header().Set("WWW-Authenticate", "Bearer")
			write(w, http.StatusUnauthorized, "key", "a key is needed: Authorization: Bearer KEY")
			return false
		}
		if err != nil {
			s.Log.Error("keys", "request", c.request, "error", err)
			write(w, http.StatusInternalServerError, "internal", "the keys cannot be read")
			return false
		}
		c.key, user = k, "key "+k.ID
	}
	if !s.inTime(w, user) {
		return false
	}
	if !c.key.Role.Allows(role) {
		write(w, http.StatusForbidden, "role", fmt.Sprintf("a key of role %s is needed; this one's is %s", role, c.key.Role))
		return false
	}
	return true
}

// inTime answers somebody who asks too often.
func (s *Site) inTime(w http.ResponseWriter, user string) bool {
	wait, ok := s.Rates.Take(user, time.Now())
	if !ok {
		s.metrics.refused("rate")
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		write(w, http.StatusTooManyRequests, "rate", "too many requests")
	}
	return ok
}

// token is the key that a request shows.
func token(r *http.Request) string {
	scheme, t, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(t)
}

// address is who asks, where there are no keys. Of IPv6 it is the network: one user has
// all of it.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return ip.Mask(net.CIDRMask(64, 128)).String()
	}
	return host
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return strings.ToLower(host)
	}
	return strings.ToLower(strings.Trim(hostport, "[]"))
}

func contains(all []string, s string) bool { return slices.Contains(all, s) }

type callerKey struct{}

func withCaller(ctx context.Context, c *caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) *caller {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		return c
	}
	return &caller{}
}

// write answers with a problem where huma is not at hand.
func write(w http.ResponseWriter, status int, name, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{Type: "urn:pifr:" + name, Title: http.StatusText(status), Status: status, Detail: detail})
}

package given

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Errors of fetching that callers may test for.
var (
	ErrHost  = errors.New("photos are not fetched from there")
	ErrFetch = errors.New("the photo could not be fetched")
)

// Hosts fetches photos from some hosts, by https, and from public addresses only: who
// names a host by the address of a machine inside gets nothing from there, nor who leads
// elsewhere by a redirect.
type Hosts struct {
	names   []string
	client  *http.Client
	schemes []string
}

// NewHosts allows hosts by their names, with a port if it is not 443.
func NewHosts(names []string) *Hosts { return newHosts(names, public, "https") }

// newHosts is NewHosts with a say in which addresses are connected to.
func newHosts(names []string, allowed func(netip.Addr) bool, schemes ...string) *Hosts {
	h := &Hosts{schemes: schemes}
	for _, n := range names {
		h.names = append(h.names, strings.ToLower(n))
	}
	// The address is looked at when it is connected to: a name that means something else
	// the second time is of no use.
	control := func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if !allowed(at.Addr().Unmap()) {
			return ErrHost
		}
		return nil
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: control}
	h.client = &http.Client{
		Timeout: 20 * time.Second,
		Transport: &http.Transport{ // without a proxy, which would connect anywhere
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10, MaxIdleConns: 16, IdleConnTimeout: 30 * time.Second, DisableCompression: true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 3 {
				return fmt.Errorf("%w: more than three redirects", ErrFetch)
			}
			return h.check(r.URL)
		},
	}
	return h
}

// public says whether an address is one of the Internet's.
func public(a netip.Addr) bool {
	for _, p := range inside() {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast()
}

// inside are networks that are not the Internet's though they look like it: shared and
// special ones, and those of IPv6 within which an IPv4 address hides.
func inside() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10"} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

func (h *Hosts) check(u *url.URL) error {
	if !slices.Contains(h.schemes, u.Scheme) || u.User != nil || !slices.Contains(h.names, strings.ToLower(u.Host)) {
		return ErrHost
	}
	return nil
}

// Fetch returns a photo's file of at most so many bytes. The errors wrap ErrHost, ErrFetch
// or *http.MaxBytesError.
func (h *Hosts) Fetch(ctx context.Context, address string, most int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: no address", ErrHost)
	}
	if err := h.check(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: no address", ErrHost)
	}
	answer, err := h.client.Do(req)
	if errors.Is(err, ErrHost) {
		return nil, ErrHost // whether something is there is nobody's business
	}
	if err != nil {
		return nil, ErrFetch
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: the host says %d", ErrFetch, answer.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	switch {
	case err != nil:
		return nil, ErrFetch
	case int64(len(data)) > most:
		return nil, &http.MaxBytesError{Limit: most}
	}
	return data, nil
}

package given

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPublic: what is inside is not fetched from, whatever it is called.
func TestPublic(t *testing.T) {
	for _, a := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
		"::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "198.18.0.1"} {
		require.False(t, public(netip.MustParseAddr(a).Unmap()), a)
	}
	for _, a := range []string{"1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"} {
		require.True(t, public(netip.MustParseAddr(a)), a)
	}
}

// TestHosts fetches from a list of hosts, follows redirects within it, and goes nowhere
// else.
func TestHosts(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "secret") }))
	defer secret.Close()
	photos := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/photo":
			_, _ = io.WriteString(w, "photo")
		case "/moved":
			http.Redirect(w, r, "/photo", http.StatusFound)
		case "/out":
			http.Redirect(w, r, secret.URL, http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat("x", 1000))
		default:
			http.NotFound(w, r)
		}
	}))
	defer photos.Close()
	u, err := url.Parse(photos.URL)
	require.NoError(t, err)
	all := newHosts([]string{u.Host}, func(netip.Addr) bool { return true }, "http")
	for path, want := range map[string]error{"/photo": nil, "/moved": nil, "/out": ErrHost, "/loop": ErrFetch, "/none": ErrFetch} {
		data, err := all.Fetch(t.Context(), photos.URL+path, 100)
		require.ErrorIs(t, err, want, path)
		if want == nil {
			require.Equal(t, "photo", string(data))
		}
	}
	var long *http.MaxBytesError
	_, err = all.Fetch(t.Context(), photos.URL+"/large", 100)
	require.True(t, errors.As(err, &long), err)
	for _, elsewhere := range []string{secret.URL, "file:///etc/passwd", "https://" + u.Host + "/photo", "http://user@" + u.Host + "/photo", "http://localhost:1/", "", "::", "gopher://x"} {
		_, err := all.Fetch(t.Context(), elsewhere, 100)
		require.ErrorIs(t, err, ErrHost, elsewhere)
	}
	// The list has it, and yet its address is inside.
	_, err = newHosts([]string{u.Host}, public, "http").Fetch(t.Context(), photos.URL+"/photo", 100)
	require.ErrorIs(t, err, ErrHost)
}

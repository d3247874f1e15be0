package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/examples/server/client"
)

// busy is a server that has time at the second request only.
func busy() http.Handler {
	asked := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "1")
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprint(w, `{"type":"urn:pifr:busy","detail":"too much to do at the moment"}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"faces":[{"known":true,"candidates":[{"person":{"id":"1","name":%q},"match":true}]}]}`, r.Header.Get("Authorization"))
	})
}

// TestRetries asks again after the time that the server says, if that is wanted.
func TestRetries(t *testing.T) {
	s := httptest.NewServer(busy())
	defer s.Close()
	c := client.New(s.URL+"/", "key")
	_, err := c.Identify(t.Context(), client.File("a.jpg", nil))
	var e *client.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 503, e.Status)
	require.Equal(t, "urn:pifr:busy", e.Type)
	s.Config.Handler = busy()
	c.Retries = 1
	found, err := c.Identify(t.Context(), client.File("a.jpg", nil))
	require.NoError(t, err)
	require.Equal(t, "Bearer key", found.Faces[0].Candidates[0].Person.Name)
}

func Example() {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"faces":[{"known":true,"candidates":[{"person":{"name":"Ann"},"match":true}]}]}`)
	}))
	defer s.Close()
	c := client.New(s.URL, "")
	found, err := c.Identify(context.Background(), client.File("party.jpg", []byte("a photo's file")))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range found.Faces {
		if f.Known {
			fmt.Println(f.Candidates[0].Person.Name)
		}
	}
	// Output: Ann
}

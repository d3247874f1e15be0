// Package packtest gives tests the packs of others, which are fetched and never part of
// this module.
//
//	p := packtest.Pack(t, "sface")
//	data, err := p.Read(pack.Recognizer)
package packtest

import (
	"errors"
	"os"
	"testing"

	"github.com/pifr-go/pifr/fspfm/pack"
)

// Pack returns a pack out of the user's cache, which it fetches at first use. Where that
// cannot be had, the test is skipped with the pack's name, or fails if the environment
// variable CI is set, so that a run that counts misses nothing silently.
func Pack(t testing.TB, name string, opts ...pack.Option) *pack.Pack {
	t.Helper()
	p, err := pack.Fetch(t.Context(), name, opts...)
	switch {
	case err == nil:
		return p
	case os.Getenv("CI") == "" && (errors.Is(err, pack.ErrOffline) || errors.Is(err, pack.ErrForbidden)):
		t.Skipf("needs the pack %s: %v", name, err)
	default:
		t.Fatalf("needs the pack %s: %v", name, err)
	}
	return nil
}

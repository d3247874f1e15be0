//go:build onnx && cgo

package fspfm

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/onnx" // for benchmarks with PIFR_BACKEND=onnx
	_ "github.com/pifr-go/pifr/backend/xla"  // and xla:cpu
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
)

// TestSlowStart reads the same landmarks on XLA as on gonum, to the bit: it is gonum that
// reads them.
func TestSlowStart(t *testing.T) {
	const engine = "xla:cpu"
	packtest.Pack(t, pack.Default)
	about, err := backend.Describe(engine)
	require.NoError(t, err)
	if strings.Contains(about, "not ready") && os.Getenv("CI") != "true" {
		t.Skip(about)
	}
	photo := face.Prepare(find(t, demoPhotos(t), "person_b_1.jpg"))
	plain := openRecognizer(t, WithEngine(openGonum(t)))
	found, err := plain.Locate(t.Context(), photo)
	require.NoError(t, err)
	subject := found[0].Face.Subject(photo)
	want, err := plain.reader.Read(t.Context(), subject, 0)
	require.NoError(t, err)
	slow := openRecognizer(t, WithEngineName(engine))
	require.Equal(t, "xla", slow.EngineChoice().Name)
	got, err := slow.reader.Read(t.Context(), subject, 0)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

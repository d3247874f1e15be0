package recogniser

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// TestOpen opens the recogniser that is compiled in, and refuses files that are something
// else than they are said to be.
func TestOpen(t *testing.T) {
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	defer engine.Finalize()
	p, err := pack.Fetch(context.Background(), "tiny")
	require.NoError(t, err)
	entry, err := p.Entry(pack.Recognizer)
	require.NoError(t, err)
	data, err := p.Read(pack.Recognizer)
	require.NoError(t, err)
	e, err := Open(engine, entry.Kind, data, backbone.ExtractorConfig{Pixels: Pixels(entry.Input)})
	require.NoError(t, err)
	defer e.Close()
	require.Equal(t, entry.Embedding, e.Len())
	pixels := make([]uint8, dataset.PixelLen)
	for i := range pixels {
		pixels[i] = uint8(i)
	}
	features, err := e.ExtractPixels(context.Background(), pixels)
	require.NoError(t, err)
	require.Len(t, features[0], e.Len())
	for _, kind := range []pack.Kind{pack.SFace, pack.ArcFace} {
		_, err = Open(engine, kind, data, backbone.ExtractorConfig{})
		require.Error(t, err, kind)
	}
	_, err = Open(engine, pack.Mini, data[:1000], backbone.ExtractorConfig{})
	require.Error(t, err)
	head, err := p.Read(pack.Head)
	require.NoError(t, err)
	_, err = Open(engine, pack.Mini, head, backbone.ExtractorConfig{})
	require.Error(t, err, "weights of another network")
}

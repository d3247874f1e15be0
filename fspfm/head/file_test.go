package head

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backbone/weights"
)

// saved returns a small module and its file.
func saved(t testing.TB, about map[string]string) (*Module, []byte) {
	t.Helper()
	m, store := newModule(t, Config{FeatureLen: 3, PoseLen: 2, Blocks: 1, PoseHidden: 2, Gate: GateTanh}, dtypes.Float32)
	require.NoError(t, m.Read(store.RootScope()))
	var file bytes.Buffer
	require.NoError(t, m.Save(&file, about))
	return m, file.Bytes()
}

func TestFileThereAndBack(t *testing.T) {
	about := map[string]string{"extractor": "sface"}
	m, file := saved(t, about)
	back, gotAbout, err := Read(file)
	require.NoError(t, err)
	require.Equal(t, about, gotAbout)
	require.Equal(t, m.Config(), back.Config())
	want, err := m.Params()
	require.NoError(t, err)
	got, err := back.Params()
	require.NoError(t, err)
	require.Equal(t, want, got)
	var again bytes.Buffer
	require.NoError(t, back.Save(&again, about))
	require.Equal(t, file, again.Bytes())

	for _, key := range []string{"format", "config"} {
		require.ErrorContains(t, m.Save(&again, map[string]string{key: ""}), "is taken")
	}
	path := filepath.Join(t.TempDir(), "head.safetensors")
	require.NoError(t, m.SaveFile(path, about))
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, file, written)

	empty, err := New(m.Config())
	require.NoError(t, err)
	require.ErrorIs(t, empty.Save(&again, nil), ErrNoWeights)
	require.ErrorIs(t, empty.SaveFile(path, nil), ErrNoWeights)
	written, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, file, written, "what was there stays")
}

func TestReadModuleErrors(t *testing.T) {
	_, file := saved(t, nil)
	edit := func(old, new string) []byte {
		require.Len(t, new, len(old))
		require.Contains(t, string(file), old)
		return []byte(strings.Replace(string(file), old, new, 1))
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":         {nil, ErrFile},
		"cut off":       {file[:len(file)-1], ErrFile},
		"other format":  {edit("pifr-fspfm-1", "pifr-fspfm-9"), ErrFile},
		"unknown field": {edit(`raw_pose`, `raw_nose`), ErrFile},
		"unknown gate":  {edit(`\"tanh\"`, `\"sinh\"`), ErrFile},
		"impossible":    {edit(`\"feature_len\":3`, `\"feature_len\":0`), ErrFile},
		"other sizes":   {edit(`\"blocks\":1`, `\"blocks\":2`), ErrParams},
		"unknown name":  {edit(`"t1/fc1/bias"`, `"t1/fc3/bias"`), ErrParams},
		"NaN":           {append(bytes.Clone(file[:len(file)-4]), 0, 0, 0xc0, 0x7f), ErrParams},
	} {
		_, _, err := Read(c.data)
		require.ErrorIs(t, err, c.want, name)
	}
	var other bytes.Buffer
	require.NoError(t, weights.EncodeSafetensors(&other, nil, map[string]string{"format": "pt"}))
	_, _, err := Read(other.Bytes())
	require.ErrorIs(t, err, ErrFile)
}

// FuzzReadModule: whatever the bytes, there is an error that says what they are not, or a
// module that works.
func FuzzReadModule(f *testing.F) {
	_, file := saved(f, map[string]string{"extractor": "sface"})
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _, err := Read(data)
		if err != nil {
			if !errors.Is(err, ErrFile) && !errors.Is(err, ErrParams) {
				t.Errorf("neither ErrFile nor ErrParams: %v", err)
			}
			return
		}
		dst := make([]float32, m.FeatureLen())
		if err := m.Frontalize(dst, dst, make([]float32, m.PoseLen())); err != nil && !errors.Is(err, ErrNotFinite) {
			t.Error(err)
		}
	})
}

package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// headSHA256 is the hash of the content of head.bin, which does not depend on how it is
// compressed.
const headSHA256 = "cc8690703f9977ad56fc36121599365c4c5500671b2a1b35228f7595aa399732"

func TestModelContent(t *testing.T) {
	content, err := inflate(headBin)
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	require.Equal(t, headSHA256, hex.EncodeToString(sum[:]))
	m := human()
	require.Equal(t, 5805, len(m.base))
	require.Equal(t, 2*5636, len(m.tris))
	require.Equal(t, 406, len(m.targets))
	require.Equal(t, 109, len(modifiers()))
	for name, target := range m.targets {
		require.NotEmpty(t, target.index, name)
		for _, d := range target.delta {
			require.Less(t, d.norm(), float32(4), name) // decimeters
		}
	}
	for _, u := range (Expression{Smile: 1, Open: 1, Pucker: 1, Brows: 1, Squint: 1, Blink: 1, Sneer: 1}).units() {
		require.Contains(t, m.targets, "unit/"+u.name)
	}
	for k, mask := range m.masks {
		sum := float32(0)
		for _, x := range mask {
			require.True(t, x >= 0 && x <= 1)
			sum += x
		}
		require.Greater(t, sum, float32(10), "mask %d", k)
	}
}

// The mesh is symmetric: whatever lies on one side has a partner on the other, to a tenth
// of a millimeter.
func TestMeshIsSymmetric(t *testing.T) {
	m := human()
	for i, j := range mirrored() {
		p, q := m.base[i], m.base[j]
		require.Less(t, vec{-p[0], p[1], p[2]}.sub(q).norm(), float32(0.012), "vertex %d", i)
	}
	for _, side := range places().landmarks {
		require.NotEmpty(t, side)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(headBin)
	f.Add(headBin[:len(headBin)/2])
	f.Add([]byte(magic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(data)
		if err != nil {
			require.ErrorIs(t, err, errModel)
			return
		}
		for _, tri := range m.tris {
			for _, v := range tri.v {
				require.Less(t, int(v), len(m.base))
			}
		}
	})
}

func TestDecodeErrors(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty":     {},
		"magic":     []byte("pifrsim0" + string(headBin[8:])),
		"cut short": headBin[:len(headBin)-100],
	} {
		_, err := decode(data)
		require.ErrorIs(t, err, errModel, name)
	}
	r := reader{b: []byte{0xff}}
	r.count(10)
	require.ErrorIs(t, r.err, errModel)
	r = reader{b: []byte{200, 1}}
	require.Zero(t, r.count(10))
	require.ErrorIs(t, r.err, errModel)
}

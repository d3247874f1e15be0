package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return data
}

func get(t *testing.T, v any, key string) any {
	t.Helper()
	require.IsType(t, &Dict{}, v)
	got, ok := v.(*Dict).Get(key)
	require.True(t, ok, key)
	return got
}

func power(exponent uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), exponent) }

func everyByte() Bytes {
	b := make(Bytes, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// TestPlain reads one value as Python wrote it in each protocol.
func TestPlain(t *testing.T) {
	for protocol := range 6 {
		t.Run(fmt.Sprint(protocol), func(t *testing.T) {
			v, err := Decode(read(t, fmt.Sprintf("plain%d.pkl", protocol)))
			require.NoError(t, err)
			require.Nil(t, get(t, v, "none"))
			require.Equal(t, true, get(t, v, "yes"))
			require.Equal(t, false, get(t, v, "no"))
			require.Equal(t, &List{[]any{int64(0), int64(255), int64(256), int64(65536), int64(-1), int64(1 << 31), int64(-(1 << 31) - 1),
				int64(math.MaxInt64), int64(math.MinInt64), power(80), new(big.Int).Neg(power(80))}}, get(t, v, "ints"))
			require.Equal(t, &List{[]any{0.1, -1e300, 1e-300}}, get(t, v, "floats"))
			require.Equal(t, &List{[]any{"", "plain", "back\\slash 'quote' \"double\"\nnewline", "gr\u00fc\u00df \u4e2d \U0001f600"}}, get(t, v, "text"))
			require.Equal(t, &List{[]any{Bytes{}, everyByte(), Bytes(strings.Repeat("x", 300))}}, get(t, v, "bytes"))
			require.Equal(t, Bytes("\x80abc"), get(t, v, "bytearray"))
			tuples := get(t, v, "tuples").(*List).Items
			require.Len(t, tuples, 5)
			require.Empty(t, tuples[0])
			require.Equal(t, Tuple{int64(1), int64(2), int64(3), int64(4)}, tuples[4])
			require.Equal(t, []Item{{"b", int64(1)}, {"a", int64(2)}}, get(t, v, "ordered").(*Dict).Items())
			require.Equal(t, []any{int64(7)}, get(t, v, "set").(*Set).Items)
			require.Equal(t, []any{int64(8)}, get(t, v, "frozenset").(*Set).Items)
			require.Equal(t, "bytes key", get(t, v, "k"))
			shared := get(t, v, "shared").(*List)
			require.Same(t, shared.Items[0], shared.Items[1])
			long := get(t, v, "long list").(*List).Items
			require.Len(t, long, 2000)
			require.Equal(t, int64(1999), long[1999])
			require.Equal(t, 17, v.(*Dict).Len())
		})
	}
}

// TestNumPy reads arrays as NumPy 2 wrote them, and as NumPy 1 did, whose modules had
// other names.
func TestNumPy(t *testing.T) {
	d := Decoder{Globals: NumPy()}
	for protocol := range 6 {
		data := read(t, fmt.Sprintf("numpy%d.pkl", protocol))
		if protocol < 4 { // where the names stand in lines, without a length
			old := []byte(strings.ReplaceAll(string(data), "numpy._core.", "numpy.core."))
			require.NotEqual(t, data, old)
			_, _, err := d.Decode(old)
			require.NoError(t, err, "protocol %d of NumPy 1", protocol)
		}
		v, rest, err := d.Decode(data)
		require.NoError(t, err, "protocol %d", protocol)
		require.Empty(t, rest)
		require.Equal(t, &Array{Kind: 'u', ItemSize: 1, Shape: []int{2, 3}, Data: []byte{0, 1, 2, 3, 4, 5}}, get(t, v, "u1"))
		require.Equal(t, &Array{Kind: 'i', ItemSize: 4, BigEndian: true, Shape: []int{3}, Data: []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2}}, get(t, v, "big"))
		fortran := get(t, v, "fortran").(*Array)
		require.True(t, fortran.Fortran)
		require.Equal(t, 3.0, math.Float64frombits(binary.LittleEndian.Uint64(fortran.Data[8:])))
		require.Equal(t, []byte{1, 0}, get(t, v, "bools").(*Array).Data)
		require.Equal(t, []int{0, 4}, get(t, v, "empty").(*Array).Shape)
		require.Equal(t, &List{[]any{true, int64(-5), int64(9), 0.5, 0.25}}, get(t, v, "scalars"))

		_, err = Decode(data)
		require.ErrorIs(t, err, ErrRefused)
	}
}

// TestNumPyFaults has arrays whose parts do not agree.
func TestNumPyFaults(t *testing.T) {
	array := func(code, state string) string {
		return "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR(" + strings.ReplaceAll(state, "TYPE", "cnumpy\ndtype\n(X\x02\x00\x00\x00"+code+"tR") + "tb."
	}
	d := Decoder{Globals: NumPy()}
	v, _, err := d.Decode([]byte(array("u1", "K\x01K\x03\x85TYPE\x89C\x03abc")))
	require.NoError(t, err)
	require.Equal(t, &Array{Kind: 'u', ItemSize: 1, Shape: []int{3}, Data: []byte("abc")}, v)
	v, _, err = d.Decode([]byte(array("O8", "K\x01K\x02\x85TYPE\x89](\x88Ne")))
	require.NoError(t, err)
	require.Equal(t, &Array{Kind: 'O', ItemSize: 8, Shape: []int{2}, Objects: []any{true, nil}}, v)
	for _, c := range []struct{ code, state, fault string }{
		{"u1", "K\x01K\x04\x85TYPE\x89C\x03abc", "shape [4] of u1 in 3 bytes"},
		{"u2", "K\x01K\x03\x85TYPE\x89C\x03abc", "shape [3] of u2 in 3 bytes"},
		{"u1", "K\x01J\xff\xff\xff\xff\x85TYPE\x89C\x03abc", "no size"},
		{"u8", "K\x01\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x70\x85TYPE\x89C\x03abc", "no size"},
		{"u1", "K\x01(" + strings.Repeat("K\x01", 65) + "tTYPE\x89C\x01a", "65 axes"},
		{"O8", "K\x01K\x03\x85TYPE\x89]", "shape [3] of O8 in 0 bytes"},
		{"O8", "K\x01K\x03\x85TYPE\x89C\x03abc", "a list of objects"},
		{"u1", "K\x01K\x00\x85TYPE\x89]", "and list"},
		{"U1", "K\x01K\x03\x85TYPE\x89C\x03abc", "refused"},
		{"S0", "K\x01K\x03\x85TYPE\x89C\x03abc", "refused"},
		{"S2", "K\x01K\x03\x85TYPE\x89C\x03abc", "shape [3] of S2 in 3 bytes"},
		{"u1", "K\x01K\x03\x85TYPE\x89N", "bytes"},
		{"u1", "K\x01K\x03\x85TYPEC\x03abc", "5 values"},
		{"u1", "K\x01K\x03\x85TYPENC\x03abc", "bool"},
	} {
		_, _, err := d.Decode([]byte(array(c.code, c.state)))
		require.ErrorContains(t, err, c.fault, "%q", c.state)
	}
}

// TestPython2 reads the forms that only Python 2 wrote, put together by hand after
// pickletools.
func TestPython2(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want any
	}{
		"verification file, protocol 2": {"\x80\x02]q\x00(U\x03\xff\xd8\x00T\x02\x00\x00\x00\xff\xd9e]q\x01(\x88\x89e\x86q\x02.",
			Tuple{&List{[]any{Bytes("\xff\xd8\x00"), Bytes("\xff\xd9")}}, &List{[]any{true, false}}}},
		"verification file, protocol 0": {"((lp0\nS'\\xff\\xd8\\n\\'\\\\'\np1\naS\"it's\"\np2\na(lp3\nI01\naI00\natp4\n.",
			Tuple{&List{[]any{Bytes("\xff\xd8\n'\\"), Bytes("it's")}}, &List{[]any{true, false}}}},
		"OrderedDict": {"\x80\x02ccollections\nOrderedDict\nq\x00]q\x01(]q\x02(U\x01aK\x01e]q\x03(U\x01bK\x02ee\x85q\x04Rq\x05.",
			Tuple{Item{Bytes("a"), int64(1)}, Item{Bytes("b"), int64(2)}}},
		"long":            {"L123456789012345678901234567890L\n.", func() any { n, _ := new(big.Int).SetString("123456789012345678901234567890", 10); return n }()},
		"float":           {"F0.5\n.", 0.5},
		"unicode escapes": {"V\\u4e2d\\x\xfc\n.", "\u4e2d\\x\u00fc"},
		"class instance":  {"(i__builtin__\nbytes\n.", Bytes{}},
	} {
		v, err := Decode([]byte(c.data))
		require.NoError(t, err, name)
		if d, ok := v.(*Dict); ok {
			var items Tuple
			for _, i := range d.Items() {
				items = append(items, i)
			}
			v = items
			_, ok := d.Get("b")
			require.True(t, ok, "a key of bytes is found by its string")
		}
		require.Equal(t, c.want, v, name)
	}
}

// TestRefusesCode checks that what is not data is refused by name, in every way that a
// pickle can ask for it.
func TestRefusesCode(t *testing.T) {
	for _, c := range []struct{ data, names string }{
		{"cos\nsystem\n(S'true'\ntR.", `"os.system"`},
		{"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.", `"posix.system"`},
		{"(S'true'\nios\nsystem\n.", `"os.system"`},
		{"(cos\nsystem\nS'true'\no.", `"os.system"`},
		{"\x80\x02c__builtin__\neval\nU\x011\x85R.", `"builtins.eval"`},
		{"\x80\x02cbuiltins\ngetattr\n.", `"builtins.getattr"`},
		{"\x80\x04\x8c\x0bcollections\x8c\x15OrderedDict.__class__\x93.", `"collections.OrderedDict.__class__"`},
		{"K\x05}b.", "state for a int"},
		{"]]b.", "state for a list"},
		{"K\x05)R.", "call of a int"},
		{"\x82\x01.", "extension code"},
		{"\x97.", "outside the pickle"},
		{"K\x01Q.", "outside the pickle"},
		{"Pid\n.", "outside the pickle"},
		{"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x03\x00\x00\x00hextR.", "codec"},
		{"cbuiltins\nset\n)}(X\x01\x00\x00\x00aK\x01u\x92.", "keyword"},
	} {
		_, err := Decode([]byte(c.data))
		require.ErrorIs(t, err, ErrRefused, "%q", c.data)
		require.ErrorContains(t, err, c.names)
	}
}

func TestMalformed(t *testing.T) {
	whole := read(t, "plain4.pkl")
	for n := range len(whole) {
		_, err := Decode(whole[:n])
		require.Error(t, err, "the first %d bytes", n)
	}
	for _, data := range []string{
		".", "0.", "N", "NN.", "(N.", "a.", "e.", "(e.", "K\x01K\x02a.", "(K\x01d.", "}K\x01s.", "}(K\x01u.", "h\x00.", "g-1\n.", "q\x00.", "Ix\n.", "Fx\n.",
		"Sx\n.", "S'\\q'\n.", "S'\\x1'\n.", "S'\\\\\\'\n.", "V\\u12\n.", "V\\ud800\n.", "X\x01\x00\x00\x00\xff.", "\x80\x06.", "\xff.", "\x85.", "(\x85.", "N)R.",
		"T\xff\xff\xff\xff.", "\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "\x8b\xff\xff\xff\xff.", "\x95\xff\xff\xff\xff\xff\xff\xff\xff.", "K\x01K\x02\x93.", "o.", "(o.",
		"K\x01(\x90.", "ccollections\nOrderedDict\nN\x85R.", "ccollections\nOrderedDict\nNR.", "c_codecs\nencode\n)R.",
		"c_codecs\nencode\n(X\x02\x00\x00\x00\xc4\x80X\x06\x00\x00\x00latin1tR.", "L" + strings.Repeat("9", 5000) + "\n.", "N.N",
	} {
		_, err := Decode([]byte(data))
		require.Error(t, err, "%.40q", data)
	}
}

// TestManyDictionaries reads a list of small dictionaries with the same long names, which
// are in the memo.
func TestManyDictionaries(t *testing.T) {
	data := "](X\x3c\x00\x00\x00" + strings.Repeat("k", 60) + "q\x000" + strings.Repeat("}h\x00Ns", 1000) + "e."
	v, err := Decode([]byte(data))
	require.NoError(t, err)
	require.Len(t, v.(*List).Items, 1000)
}

func TestRestFollows(t *testing.T) {
	_, rest, err := Decoder{}.Decode([]byte("N.more"))
	require.NoError(t, err)
	require.Equal(t, "more", string(rest))
}

// TestSharesBytes keeps large files of images from being held twice.
func TestSharesBytes(t *testing.T) {
	data := []byte("B\x04\x00\x00\x00abcd.")
	v, err := Decode(data)
	require.NoError(t, err)
	data[5] = 'X'
	require.Equal(t, Bytes("Xbcd"), v)
	require.Equal(t, 4, cap(v.(Bytes)))
}

// TestMemory runs the pickles that ask for the most memory per byte.
func TestMemory(t *testing.T) {
	const n = 1 << 18
	text := "X\x00\x00\x01\x00" + strings.Repeat("a", 1<<16) + "q\x00X\x06\x00\x00\x00latin1q\x01"
	for name, data := range map[string]string{
		"dictionaries":  strings.Repeat("}", n),
		"sets":          strings.Repeat("\x8f", n),
		"memo":          "N" + strings.Repeat("\x94", n),
		"empty keys":    strings.Repeat("}NNs", n/4),
		"marks":         strings.Repeat("(", n),
		"many keys":     "}" + manyKeys(n/7),
		"claimed size":  "B\xff\xff\xff\x7f",
		"copied text":   text + "c_codecs\nencode\nq\x02h\x00h\x01\x86R" + strings.Repeat("h\x02h\x00h\x01\x86R", n/8),
		"long key":      "B\x00\x00\x01\x00" + strings.Repeat("a", 1<<16) + "q\x00}" + strings.Repeat("h\x00Ns", n/8),
		"copied list":   "](" + strings.Repeat("N", n/2) + "eq\x00" + "cbuiltins\nset\nq\x01" + strings.Repeat("h\x01h\x00\x85R", n/12),
		"doubled lists": "]q\x00" + strings.Repeat("h\x00h\x00\x86q\x00", n/8),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode([]byte(data))
		runtime.ReadMemStats(&after)
		require.Error(t, err, name)
		ratio := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(data))
		t.Logf("%s: %.1f bytes per byte", name, ratio)
		if name != "claimed size" {
			require.Less(t, ratio, 250.0, name)
		} else {
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
		}
	}
}

// manyKeys sets this many different keys.
func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.Write(binary.LittleEndian.AppendUint32([]byte{'J'}, uint32(i)))
		b.WriteString("Ns")
	}
	return b.String()
}

func FuzzDecode(f *testing.F) {
	for protocol := range 6 {
		f.Add(read(f, fmt.Sprintf("plain%d.pkl", protocol)))
		f.Add(read(f, fmt.Sprintf("numpy%d.pkl", protocol)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, rest, err := Decoder{Globals: NumPy(), Persistent: func(any) (any, error) { return nil, nil }}.Decode(data)
		if err != nil && (v != nil || rest != nil) {
			t.Fatal("a value beside an error")
		}
		if a, ok := v.(*Array); ok && a.ItemSize > 0 {
			n := a.ItemSize
			for _, d := range a.Shape {
				n *= d
			}
			if a.Kind == 'O' && n == len(a.Objects)*a.ItemSize {
				return
			}
			if n != len(a.Data) {
				t.Fatalf("%v in %d bytes", a.Shape, len(a.Data))
			}
		}
	})
}

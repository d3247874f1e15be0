package weights

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/compute/dtypes"
	"github.com/stretchr/testify/require"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

func byName(t testing.TB, tensors []Tensor) map[string]Tensor {
	t.Helper()
	m := map[string]Tensor{}
	for _, x := range tensors {
		require.NotContains(t, m, x.Name)
		m[x.Name] = x
	}
	return m
}

func floats(t testing.TB, x Tensor) []float64 {
	t.Helper()
	values, err := x.Float64s()
	require.NoError(t, err)
	return values
}

// TestKinds reads tensors of every dtype as PyTorch 2.13 and safetensors 0.8 wrote them.
func TestKinds(t *testing.T) {
	for _, name := range []string{"kinds.safetensors", "kinds.pt", "kinds_legacy.pt"} {
		t.Run(name, func(t *testing.T) {
			tensors, err := Read(filepath.Join("testdata", name))
			require.NoError(t, err)
			m := byName(t, tensors)
			le := binary.LittleEndian
			for name, want := range map[string]Tensor{
				"i64":   {DType: dtypes.Int64, Shape: []int{2}, Data: le.AppendUint64(le.AppendUint64(nil, 1<<63), math.MaxInt64)},
				"i32":   {DType: dtypes.Int32, Shape: []int{2}, Data: []byte{0xfb, 0xff, 0xff, 0xff, 7, 0, 0, 0}},
				"i16":   {DType: dtypes.Int16, Shape: []int{1}, Data: []byte{0xd4, 0xfe}},
				"i8":    {DType: dtypes.Int8, Shape: []int{1}, Data: []byte{0x80}},
				"u8":    {DType: dtypes.Uint8, Shape: []int{1, 2}, Data: []byte{255, 0}},
				"bool":  {DType: dtypes.Bool, Shape: []int{2}, Data: []byte{1, 0}},
				"empty": {DType: dtypes.Float32, Shape: []int{0, 5}},
			} {
				got := m[name]
				require.True(t, want.DType == got.DType && bytes.Equal(want.Data, got.Data), "%s: %v", name, got)
				require.Equal(t, want.Shape, got.Shape, name)
			}
			require.Equal(t, []float64{0.1, -1e300}, floats(t, m["f64"]))
			require.Equal(t, []float64{0.5, -2, 65504, 1.0 / (1 << 24), math.Inf(1)}, floats(t, m["f16"]))
			require.Equal(t, []float64{1.5, float64(math.Float32frombits(0xff620000))}, floats(t, m["bf16"]))
			require.Equal(t, []float64{3}, floats(t, m["scalar"]))
			require.Empty(t, m["scalar"].Shape)
			require.Equal(t, []int{1, 1, 1}, m["one"].Shape)
			require.Equal(t, 23.0, floats(t, m["f32"])[23])
			require.Equal(t, []int{2, 3, 4}, m["f32"].Shape)
		})
	}
}

// TestStrided reads tensors whose numbers do not lie in the order of their axes.
func TestStrided(t *testing.T) {
	for _, name := range []string{"kinds.pt", "kinds_legacy.pt"} {
		tensors, err := Read(filepath.Join("testdata", name))
		require.NoError(t, err)
		m := byName(t, tensors)
		require.Equal(t, []int{4, 2, 3}, m["transposed"].Shape)
		require.Equal(t, []float64{0, 4, 8, 12, 16, 20, 1, 5}, floats(t, m["transposed"])[:8])
		require.Equal(t, []int{2, 2, 2}, m["strided"].Shape)
		require.Equal(t, []float64{1, 3, 9, 11, 13, 15, 21, 23}, floats(t, m["strided"]))
		require.Equal(t, []float64{20, 21, 22, 23}, floats(t, m["row"]))
		require.Equal(t, []float64{1, 2, 1, 2, 1, 2}, floats(t, m["expanded"]))
		require.Equal(t, []float64{0, 4, 8, 12, 16, 20, 1, 5}, floats(t, m["parameter"])[:8])
	}
}

func TestUnsigned(t *testing.T) {
	tensors, err := Read("testdata/unsigned.pt")
	require.NoError(t, err)
	m := byName(t, tensors)
	require.Equal(t, Tensor{"u16", dtypes.Uint16, []int{1}, []byte{0xff, 0xff}}, m["u16"])
	require.Equal(t, Tensor{"u64", dtypes.Uint64, []int{1}, binary.LittleEndian.AppendUint64(nil, 1<<63+5)}, m["u64"])
}

// TestNested reads a training script's checkpoint, with the prefix of DataParallel.
func TestNested(t *testing.T) {
	data := fixture(t, "nested.pt")
	tensors, err := Decode(data)
	require.NoError(t, err)
	require.Len(t, tensors, 2)
	require.Equal(t, []int{2, 2}, byName(t, tensors)["weight"].Shape)
	same, err := DecodeTorch(data, "state_dict")
	require.NoError(t, err)
	require.Equal(t, tensors, same)
	_, err = DecodeTorch(data, "ema")
	require.ErrorContains(t, err, `no state dict under "ema": the file holds "epoch" (int) "best" (float) "state_dict" (dict)`)
}

func TestRefusesModules(t *testing.T) {
	_, err := Read("testdata/module.pt")
	require.True(t, IsRefused(err))
	require.ErrorContains(t, err, "torch.nn.modules.linear.Linear")
}

// zipStored puts entries into a zip file without compression, as torch.save does.
func zipStored(t testing.TB, entries ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, writeZip(&b, entries...))
	return b.Bytes()
}

func TestRefusesCode(t *testing.T) {
	for _, program := range []string{
		"\x80\x02cposix\nsystem\nX\x06\x00\x00\x00id > x\x85R.",
		"\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R.",
		"\x80\x02ctorch.hub\nload\n)R.",
		"\x80\x02}X\x01\x00\x00\x00ac__builtin__\nexec\nX\x01\x00\x00\x001\x85Rs.",
	} {
		_, err := Decode(zipStored(t, [2]string{"archive/data.pkl", program}, [2]string{"archive/version", "3\n"}))
		require.True(t, IsRefused(err), "%v", err)
		legacy := string(legacyStart) + "\x80\x02M\xe9\x03.\x80\x02}q\x00(X\x0d\x00\x00\x00little_endian\x88u." + program + "\x80\x02]."
		_, err = Decode([]byte(legacy))
		require.True(t, IsRefused(err), "%v", err)
	}
	_, err := Decode(zipStored(t, [2]string{"archive/data.pkl", "\x80\x02cos\nsystem\n(S'true'\ntR."}))
	require.ErrorContains(t, err, `"os.system"`)
}

// viewProgram is a pickle of {"x": tensor}, with a storage of this many float32.
func viewProgram(length, offset int, sizes, strides []int) string {
	return "\x80\x02}" + viewItem("x", length, offset, sizes, strides) + "."
}

// viewItem sets one tensor in the dictionary on the stack.
func viewItem(name string, length, offset int, sizes, strides []int) string {
	number := func(n int) string {
		return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, uint64(n)))
	}
	tuple := func(values []int) string {
		s := "("
		for _, v := range values {
			s += number(v)
		}
		return s + "t"
	}
	text := func(s string) string { return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s }
	return text(name) + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") +
		number(length) + "tQ" + number(offset) + tuple(sizes) + tuple(strides) + "\x89ccollections\nOrderedDict\n)RtRs"
}

// TestHostileViews describes tensors that reach beyond their storage, or ask for far more
// memory than the file has.
func TestHostileViews(t *testing.T) {
	const huge = math.MaxInt64
	read := func(program string, bytes int) ([]Tensor, error) {
		return Decode(zipStored(t, [2]string{"a/data.pkl", program}, [2]string{"a/data/0", strings.Repeat("\x00", bytes)}))
	}
	tensors, err := read(viewProgram(6, 1, []int{5}, []int{1}), 24)
	require.NoError(t, err)
	require.Equal(t, 5, tensors[0].Len())
	for _, c := range []struct {
		length, offset int
		sizes, strides []int
		bytes          int
		fault          string
	}{
		{6, 2, []int{5}, []int{1}, 24, "beyond"},
		{6, 6, []int{}, []int{}, 24, "beyond"},
		{6, huge, []int{1}, []int{1}, 24, "beyond"},
		{6, 0, []int{2, 3}, []int{4, 1}, 24, "beyond"},
		{6, 0, []int{huge, 2}, []int{1, huge}, 24, "beyond"},
		{6, 0, []int{huge, huge}, []int{huge, huge}, 24, "beyond"},
		{6, 0, []int{1 << 40}, []int{0}, 24, "overlap"},
		{6, 0, []int{1 << 32, 1 << 32}, []int{0, 0}, 24, "overlap"},
		{6, -1, []int{1}, []int{1}, 24, "offset"},
		{6, 0, []int{-1}, []int{1}, 24, "no length"},
		{6, 0, []int{2}, []int{-1}, 24, "no length"},
		{6, 0, []int{2}, []int{1, 1}, 24, "1 sizes and 2 strides"},
		{6, 0, make([]int, 100), make([]int, 100), 24, "up to 16"},
		{7, 0, []int{1}, []int{1}, 24, "want 7 elements"},
		{6, 0, []int{1}, []int{1}, 25, "want 6 elements"},
		{-1, 0, []int{1}, []int{1}, 24, "identifier"},
	} {
		_, err := read(viewProgram(c.length, c.offset, c.sizes, c.strides), c.bytes)
		require.ErrorContains(t, err, c.fault, "%v", c)
	}
	_, err = Decode(zipStored(t, [2]string{"a/data.pkl", viewProgram(6, 0, []int{1}, []int{1})}))
	require.ErrorContains(t, err, `no entry "a/data/0"`)
}

// TestOverlappingTensors makes many tensors of one number, each of which would be
// allowed.
func TestOverlappingTensors(t *testing.T) {
	program := "\x80\x02}"
	for i := range 10 {
		program += viewItem(fmt.Sprint(i), 1, 0, []int{10000}, []int{0})
	}
	_, err := Decode(zipStored(t, [2]string{"a/data.pkl", program + "."}, [2]string{"a/data/0", "\x00\x00\x80\x3f"}))
	require.ErrorContains(t, err, "overlap")
}

// TestLyingZip has entries that claim to be larger than the file.
func TestLyingZip(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"a/data.pkl", "a/data/0"} {
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Store, CompressedSize64: 200, UncompressedSize64: 200})
		require.NoError(t, err)
		_, err = w.Write([]byte("}."))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	_, err := Decode(b.Bytes())
	require.ErrorContains(t, err, "the entries are larger than the file")
}

// TestLegacyEnds checks what follows the storages of the old format.
func TestLegacyEnds(t *testing.T) {
	data := fixture(t, "kinds_legacy.pt")
	_, err := Decode(append(bytes.Clone(data), 0))
	require.ErrorContains(t, err, "1 bytes after the last storage")
	at := bytes.LastIndex(data, binary.LittleEndian.AppendUint64(nil, 24)) // the length of a storage of 24 numbers
	require.Positive(t, at)
	data[at+5] = 1
	_, err = Decode(data)
	require.ErrorContains(t, err, "elements in")
}

// TestPython2Checkpoint reads what PyTorch 0.2 wrote under Python 2, the time of
// HopeNet's published files, put together by hand: names as bytes, an OrderedDict made of
// pairs, _rebuild_tensor, and a sixth part of the storage's identifier.
func TestPython2Checkpoint(t *testing.T) {
	str := func(s string) string { return "U" + string(rune(len(s))) + s }
	program := "\x80\x02ccollections\nOrderedDict\nq\x01](](" + str("module.fc.weight") + "ctorch._utils\n_rebuild_tensor\n((" + str("storage") +
		"ctorch\nFloatStorage\n" + str("94321") + str("cuda:0") + "K\x02NtQK\x00K\x02K\x01\x86K\x01K\x01\x86tRee\x85R."
	file := func(view string) []byte {
		return []byte(string(legacyStart) + "\x80\x02M\xe9\x03." + "\x80\x02}q\x01(" + str("little_endian") + "\x88u." +
			strings.Replace(program, "K\x02NtQ", "K\x02"+view+"tQ", 1) + "\x80\x02]" + str("94321") + "a." +
			"\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3f\x00\x00\x00\x40")
	}
	tensors, err := Decode(file("N"))
	require.NoError(t, err)
	require.Equal(t, []Tensor{{"fc.weight", dtypes.Float32, []int{2, 1}, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}}}, tensors)
	_, err = Decode(file("(" + str("1") + "K\x00K\x01t"))
	require.ErrorContains(t, err, "views of storages")
}

func TestBigEndianStorages(t *testing.T) {
	tensors, err := Decode(zipStored(t, [2]string{"a/data.pkl", viewProgram(2, 0, []int{2}, []int{1})}, [2]string{"a/byteorder", "big"},
		[2]string{"a/data/0", "\x3f\x80\x00\x00\x40\x00\x00\x00"}))
	require.NoError(t, err)
	require.Equal(t, []float64{1, 2}, floats(t, tensors[0]))
}

// TestDamagedFiles cuts files off, and flips bits, at every place. Nothing may panic, and
// a file that is short is an error.
func TestDamagedFiles(t *testing.T) {
	for _, name := range []string{"kinds.safetensors", "kinds.pt", "kinds_legacy.pt", "nested.pt"} {
		data := fixture(t, name)
		for n := range len(data) {
			_, err := Decode(data[:n:n])
			require.Error(t, err, "%s: the first %d bytes", name, n)
			flipped := bytes.Clone(data)
			flipped[n] ^= 1 << (n % 8)
			_, _ = Decode(flipped)
		}
	}
	torch := fixture(t, "kinds.pt")
	at := bytes.Index(torch, binary.LittleEndian.AppendUint32(nil, math.Float32bits(23)))
	torch[at] ^= 1
	_, err := Decode(torch)
	require.ErrorContains(t, err, "checksum")
}

func TestUnknownFormats(t *testing.T) {
	tar := make([]byte, 600)
	copy(tar[257:], "ustar")
	_, err := Decode(tar)
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, "0.1.10")
	for _, data := range [][]byte{nil, []byte("hello"), zipStored(t, [2]string{"readme", "hello"}),
		zipStored(t, [2]string{"m/data.pkl", "}."}, [2]string{"m/constants.pkl", ")."})} {
		_, err := Decode(data)
		require.ErrorIs(t, err, ErrFormat)
	}
	_, err = Read("testdata/nothing")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func safetensorsFile(header, body string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+body...)
}

func TestSafetensorsHeader(t *testing.T) {
	one := `"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	_, meta, err := DecodeSafetensors(safetensorsFile(`{"__metadata__":{"k":"v"},`+one+`}  `, "1234"))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"k": "v"}, meta)
	for header, fault := range map[string]string{
		`{` + one + `,"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}`:          "begins at 3",
		`{` + one + `,"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`:         "twice",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,5]}}`:                     "offsets",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}`:                    "offsets",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`:                     "offsets",
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}`:                       "offsets",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`:                     "does not fit",
		`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`:                    "does not fit",
		`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`: "does not fit",
		`{"a":{"dtype":"F32","data_offsets":[0,4]}}`:                                 "no shape",
		`{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}`:                      "dtype",
		`{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}`:                      "end at 3",
		`{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}`:                      "begins at 1",
		`{}`:                 "end at 0",
		`[]`:                 "no JSON object",
		`{` + one + `}{}`:    "follows",
		`{` + one:            "header",
		`{"__metadata__":3}`: "metadata",
		`{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}`: "shape",
	} {
		_, _, err := DecodeSafetensors(safetensorsFile(header, "1234"))
		require.ErrorContains(t, err, fault, header)
	}
	_, _, err = DecodeSafetensors([]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"))
	require.ErrorContains(t, err, "header of")
}

// TestSafetensorsBytes writes what the format's own library wrote, byte for byte.
func TestSafetensorsBytes(t *testing.T) {
	want := fixture(t, "kinds.safetensors")
	tensors, meta, err := DecodeSafetensors(want)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, EncodeSafetensors(&b, tensors, meta))
	require.Equal(t, string(want), b.String())
}

func TestWriteIsAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.safetensors")
	good := []Tensor{{"a<b>&", dtypes.Uint8, []int{2}, []byte{1, 2}}}
	require.NoError(t, Write(path, good, nil))
	for _, bad := range [][]Tensor{
		{{"a", dtypes.Float32, []int{2}, []byte{1, 2}}},
		{{"a", dtypes.Uint8, []int{0}, nil}, {"a", dtypes.Uint8, []int{0}, nil}},
		{{"__metadata__", dtypes.Uint8, []int{0}, nil}},
		{{"a", dtypes.Complex64, []int{0}, nil}},
	} {
		require.Error(t, Write(path, bad, nil))
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	got, err := Read(path)
	require.NoError(t, err)
	require.Equal(t, good, got)
	require.Error(t, Write(filepath.Join(dir, "no", "w"), good, nil))
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"kinds.safetensors", "kinds.pt", "kinds_legacy.pt", "nested.pt", "unsigned.pt", "module.pt"} {
		f.Add(fixture(f, name))
	}
	list := initializer("list", protos.TensorProto_FLOAT, 2)
	list.FloatData = []float32{1, 2}
	f.Add(onnxFile(f, list))
	f.Fuzz(func(t *testing.T, data []byte) { checkDecoded(t, data, Decode) })
}

func FuzzSafetensors(f *testing.F) {
	f.Add(fixture(f, "kinds.safetensors"))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkDecoded(t, data, func(data []byte) ([]Tensor, error) {
			tensors, meta, err := DecodeSafetensors(data)
			if err == nil {
				var b bytes.Buffer
				if err := EncodeSafetensors(&b, tensors, meta); err != nil {
					return nil, fmt.Errorf("what was read cannot be written: %w", err)
				}
			}
			return tensors, err
		})
	})
}

// FuzzTorchProgram varies the pickle inside a state dict, which bits flipped in a zip
// file never reach for its checksums.
func FuzzTorchProgram(f *testing.F) {
	f.Add([]byte(viewProgram(6, 0, []int{2, 3}, []int{3, 1})))
	f.Add([]byte(viewProgram(6, 0, []int{3, 2}, []int{1, 3})))
	f.Fuzz(func(t *testing.T, program []byte) {
		data := zipStored(t, [2]string{"a/data.pkl", string(program)}, [2]string{"a/data/0", strings.Repeat("\x01", 24)})
		checkDecoded(t, data, Decode)
	})
}

// checkDecoded checks what every decoder owes: tensors whose data fit their shapes, and
// no more memory than a small multiple of the file.
func checkDecoded(t *testing.T, data []byte, decode func([]byte) ([]Tensor, error)) {
	tensors, err := decode(data)
	if err != nil {
		return
	}
	copied := 0
	for _, x := range tensors {
		if err := x.check(); err != nil {
			t.Fatal(err)
		}
		if len(x.Data) > 0 && !within(x.Data, data) {
			copied += len(x.Data)
		}
	}
	if copied > 8*len(data)+1<<16 {
		t.Fatalf("%d bytes made of %d", copied, len(data))
	}
}

// within tells whether part shares the memory of whole.
func within(part, whole []byte) bool {
	if len(whole) == 0 {
		return false
	}
	at := uintptr(unsafe.Pointer(&part[0]))
	start := uintptr(unsafe.Pointer(&whole[0]))
	return at >= start && at < start+uintptr(len(whole))
}

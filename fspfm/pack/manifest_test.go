package pack

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBuiltin holds that every built-in manifest is valid, listed, and agrees with the
// others on what they share.
func TestBuiltin(t *testing.T) {
	entries, err := manifests.ReadDir("manifests")
	require.NoError(t, err)
	var files []string
	for _, e := range entries {
		files = append(files, strings.TrimSuffix(e.Name(), ".json"))
	}
	require.ElementsMatch(t, Names(), files)
	require.Equal(t, Default, Names()[0])
	shared := map[string]File{}
	archives := map[string]Archive{}
	for _, name := range Names() {
		m, err := Lookup(name)
		require.NoError(t, err)
		require.Equal(t, name, m.Name)
		require.NotEmpty(t, m.Title)
		require.NotEmpty(t, m.License)
		for _, f := range m.Files {
			require.NotEmpty(t, f.Origin)
			if old, ok := shared[f.Name]; ok {
				require.Equal(t, old, f)
			}
			shared[f.Name] = f
			if name == demoPhotos {
				require.NotEmpty(t, f.Credit)
				require.NotEmpty(t, f.Title)
			}
		}
		for key, a := range m.Archives {
			if old, ok := archives[key]; ok {
				require.Equal(t, old, a)
			}
			archives[key] = a
		}
		require.Len(t, m.extras(), map[string]int{"faceplugin": 2, demoPhotos: 6}[name])
	}
}

func TestLookupUnknown(t *testing.T) {
	_, err := Lookup("../sface")
	require.ErrorIs(t, err, ErrUnknown)
	require.ErrorContains(t, err, "sface, auraface, faceplugin, tiny, demo-photos")
	_, err = Fetch(t.Context(), "nothing")
	require.ErrorIs(t, err, ErrUnknown)
}

// TestLookupOwn holds that what Lookup returns is the caller's.
func TestLookupOwn(t *testing.T) {
	m, err := Lookup(Default)
	require.NoError(t, err)
	m.Files[0].Name = "changed"
	again, err := Lookup(Default)
	require.NoError(t, err)
	require.NotEqual(t, "changed", again.Files[0].Name)
}

func TestManifestRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(m *Manifest)
		text   string
	}{
		{"pack name", func(m *Manifest) { m.Name = "../x" }, "name"},
		{"file name with folder", func(m *Manifest) { m.Files[0].Name = "a/b.onnx" }, "plain file name"},
		{"file name upwards", func(m *Manifest) { m.Files[0].Name = ".." }, "plain file name"},
		{"file name hidden", func(m *Manifest) { m.Files[0].Name = ".x" }, "plain file name"},
		{"file name backslash", func(m *Manifest) { m.Files[0].Name = `a\b` }, "plain file name"},
		{"same name in capitals", func(m *Manifest) { m.Files[1].Name = strings.ToUpper(m.Files[0].Name) }, "twice"},
		{"no hash", func(m *Manifest) { m.Files[0].SHA256 = "" }, "no length or hash"},
		{"short hash", func(m *Manifest) { m.Files[0].SHA256 = "abc" }, "not a SHA-256"},
		{"huge", func(m *Manifest) { m.Files[0].Bytes = 1 << 60 }, "bytes"},
		{"no license", func(m *Manifest) { m.Files[0].License = "" }, "license"},
		{"no source", func(m *Manifest) { m.Files[0].Sources = nil }, "no source"},
		{"scheme", func(m *Manifest) { m.Files[0].Sources[0].URL = "file:///etc/passwd" }, "address"},
		{"password in address", func(m *Manifest) { m.Files[0].Sources[0].URL = "https://u:p@h/x" }, "address"},
		{"address and archive", func(m *Manifest) { m.Files[0].Sources[0].Path = "x" }, "not both"},
		{"no such archive", func(m *Manifest) { m.Files[1].Sources[0].Archive = "x" }, "no archive"},
		{"path upwards", func(m *Manifest) { m.Files[1].Sources[0].Path = "../x" }, "path"},
		{"embedded and address", func(m *Manifest) { m.Files[0].Sources[0].Embedded = "hopenet-light.safetensors" }, "not more than one"},
		{"not embedded", func(m *Manifest) { m.Files[0].Sources = []Source{{Embedded: "x"}} }, "no embedded file"},
		{"embedded upwards", func(m *Manifest) { m.Files[0].Sources = []Source{{Embedded: "../pack.go"}} }, "plain file name"},
		{"archive kind", func(m *Manifest) { change(m, func(a *Archive) { a.Kind = "deb" }) }, "kind"},
		{"option as project", func(m *Manifest) { change(m, func(a *Archive) { a.Project = "--pre" }) }, "project"},
		{"option as version", func(m *Manifest) { change(m, func(a *Archive) { a.Version = "1 --pre" }) }, "version"},
		{"role", func(m *Manifest) { m.Models[0].Role = "boss" }, "unknown role"},
		{"two of a role", func(m *Manifest) { m.Models[1].Role = Detector }, "two models"},
		{"kind", func(m *Manifest) { m.Models[0].Kind = ArcFace }, "kind"},
		{"no files", func(m *Manifest) { m.Models[0].Files = nil }, "no file"},
		{"no such file", func(m *Manifest) { m.Models[0].Files = []string{"x"} }, "no file x"},
		{"threshold", func(m *Manifest) { m.Models[1].Threshold = 2 }, "cosine"},
		{"deviation", func(m *Manifest) { m.Models[1].Input.Std[1] = -1 }, "deviation"},
		{"input", func(m *Manifest) { m.Models[1].Input.Width = 1 << 20 }, "input"},
		{"one side", func(m *Manifest) { m.Models[1].Input.Width = 0 }, "one side"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := Lookup(Default)
			require.NoError(t, err)
			test.change(&m)
			data, err := json.Marshal(m)
			require.NoError(t, err)
			_, err = ParseManifest(data)
			require.ErrorIs(t, err, ErrManifest)
			require.ErrorContains(t, err, test.text)
			_, err = m.Fetch(t.Context(), Cache(t.TempDir()), Progress(nil))
			require.ErrorIs(t, err, ErrManifest, "one made in Go must not get around the checks")
		})
	}
}

func change(m *Manifest, f func(*Archive)) {
	for key, a := range m.Archives {
		f(&a)
		m.Archives[key] = a
	}
}

func TestManifestSyntax(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "half": `{"name":`, "null": "null", "unknown field": `{"nmae": "x"}`, "two": `{} {}`,
		"long": strings.Repeat(" ", maxManifest+1), "infinite": `{"name":"x","models":[{"threshold":1e999}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseManifest([]byte(text))
			require.ErrorIs(t, err, ErrManifest)
		})
	}
}

// FuzzManifest holds that no manifest crashes the parser, that a valid one survives being
// written and read again, and that none can name a place outside of the cache.
func FuzzManifest(f *testing.F) {
	// Short seeds: the fuzzer first tries to shorten each, and would spend its minute on
	// the built-in manifests.
	sum := strings.Repeat("0a", 32)
	f.Add([]byte(`{"name":"a","title":"t","licence":"l","files":[{"name":"f","bytes":1,"sha256":"` + sum + `","licence":"l","sources":[{"url":"http://h/"}]}]}`))
	f.Add([]byte(`{"name":"a","archives":{"k":{"kind":"npm","project":"p","version":"1","file":"g","bytes":1,"sha256":"` + sum + `"}},` +
		`"files":[{"name":"f","bytes":1,"sha256":"` + sum + `","licence":"l","sources":[{"archive":"k","path":"p"}]}]}`))
	f.Add([]byte(`{"name":"a","files":[{"name":"f","bytes":1,"sha256":"` + sum + `","licence":"l","sources":[{"embedded":"hopenet-light.safetensors"}]}]}`))
	f.Add([]byte(`{"name":"a","models":[{"role":"pose","kind":"hopenet","files":["f"],"threshold":1,"input":{"width":1,"height":1,"std":[1e-45,1,1]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest(data)
		if err != nil {
			require.ErrorIs(t, err, ErrManifest)
			return
		}
		again, err := json.Marshal(m)
		require.NoError(t, err)
		m2, err := ParseManifest(again)
		require.NoError(t, err)
		once, err := json.Marshal(m2)
		require.NoError(t, err)
		require.Equal(t, string(again), string(once))
		s := &store{config: config{cache: "cache"}}
		for _, file := range m.Files {
			require.Regexp(t, `^cache[/\\][0-9a-f]{16}[/\\][^/\\]+$`, s.path(file))
		}
	})
}

package photos

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestName(t *testing.T) {
	for name, want := range map[Name]string{
		"a/b & c.jpg":                `"a/b & c.jpg"`,
		"caf\xe9.jpg":                `"caf\udce9.jpg"`,
		"café":                       `"café"`,
		"\"\\\n\x00\x7f":             `"\"\\\u000a\u0000\u007f"`,
		"\xed\xb3\xa9":               `"\udced\udcb3\udca9"`, // a surrogate in UTF-8, which is none
		"\ufffd":                     `"` + "\ufffd" + `"`,
		"\xff\ufffd\xf0\x9f\x98\x80": `"\udcff` + "\ufffd\U0001f600" + `"`,
		"":                           `""`,
	} {
		got, err := name.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, want, string(got))
		var back Name
		require.NoError(t, json.Unmarshal(got, &back))
		require.Equal(t, name, back)
	}
	var n Name
	require.NoError(t, json.Unmarshal([]byte(`"\ud83d\ude00\udce9\n\ufffd\ud800"`), &n))
	require.Equal(t, Name("\U0001f600\xe9\n\ufffd\ufffd"), n)
	require.Error(t, json.Unmarshal([]byte(`7`), &n))
	line, err := json.Marshal(struct{ File Name }{"x\xff"})
	require.NoError(t, err)
	require.Equal(t, `{"File":"x\udcff"}`, string(line), "within other things, where the encoder compacts")

	require.Equal(t, "ü b.jpg", Name("ü b.jpg").String())
	require.Equal(t, `"a\nb"`, Name("a\nb").String())
	require.Equal(t, `"a\xff"`, Name("a\xff").String())
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"a", "caf\xe9", "\ufffd\xff", `"\ud800\udce9"`, "\u2028", `"\\udce9"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := json.Marshal(Name(s))
		if err != nil {
			t.Fatal(err)
		}
		var back Name
		if err := json.Unmarshal(text, &back); err != nil || string(back) != s {
			t.Fatalf("%q became %s became %q: %v", s, text, back, err)
		}
		var any Name
		if json.Unmarshal([]byte(s), &any) == nil { // whatever JSON it is
			_ = any.String()
		}
	})
}

package tell

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTeller: elsewhere than on a terminal little is said, and the end always; on one, a
// line of its own takes the bar's place.
func TestTeller(t *testing.T) {
	var out bytes.Buffer
	teller := New(&out)
	of := teller.Of("photos")
	for done := 1; done <= 4; done++ {
		of(done, 4)
	}
	require.Regexp(t, `^photos: 4 of 4, [0-9.e+]+/s, 0s left\n$`, out.String())
	out.Reset()
	teller.terminal = true
	teller.tell("photos", 1, 2, 0, 0)
	teller.Printf("%s: no face", "a.jpg")
	teller.tell("photos", 2, 2, 12.345, 0)
	teller.Close()
	bar := "[===============               ] photos: 1 of 2, 0s left"
	blank := string(bytes.Repeat([]byte(" "), len(bar)))
	require.Equal(t, bar+"\r"+blank+"\ra.jpg: no face\n[==============================] photos: 2 of 2, 12.3/s, 0s left\n", out.String())
}

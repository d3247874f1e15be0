package conform_test

import (
	"testing"

	"github.com/gomlx/compute/gobackend"

	"github.com/pifr-go/pifr/backend/conform"
)

// The test file of an engine, here GoMLX's own. What it leaves out is listed in
// testdata/conform/skips.txt, which
//
//	go test -run TestConform -conform.update
//
// has written; its failures stand in defects.txt beside it, each with a reason.
func Example() {
	TestConform := func(t *testing.T) {
		engine, err := gobackend.New("")
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Finalize()
		conform.Run(t, engine, conform.Options{Lists: "testdata/conform"})
	}
	_ = TestConform // what go test calls
}

// Package outside tests an engine from another module.
package outside

import (
	"testing"

	"github.com/gomlx/compute/gobackend"
	"github.com/pifr-go/pifr/backend/conform"
)

func TestConform(t *testing.T) {
	engine, err := gobackend.New("ops_sequential") // on few cores its convolutions may wait for each other otherwise
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Finalize()
	conform.Run(t, engine, conform.Options{Lists: "testdata/conform"})
}

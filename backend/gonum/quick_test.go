package gonum

import (
	"testing"

	"github.com/gomlx/compute/support/backendtest"
)

func TestBackend(t *testing.T) {
	b, _ := New("")
	backendtest.RunAll(t, b, nil)
}
func TestBackend64(t *testing.T) {
	b, _ := New("float64")
	backendtest.RunAll(t, b, nil)
}

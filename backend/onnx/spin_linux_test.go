//go:build onnx && cgo

package onnx

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestThreadsSleep fails if compute-onnx makes sessions' options in another way than
// spin_linux.c knows.
func TestThreadsSleep(t *testing.T) {
	b := open(t, "onnx")
	before := restful()
	product(t, b)
	require.Greater(t, restful(), before, "the session's threads go on spinning after a run")
}

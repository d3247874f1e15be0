//go:build onnx && cgo

package fspfm

import (
	_ "github.com/pifr-go/pifr/backend/onnx" // for benchmarks with PIFR_BACKEND=onnx
	_ "github.com/pifr-go/pifr/backend/xla"  // and xla:cpu
)

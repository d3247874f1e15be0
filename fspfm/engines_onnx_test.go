//go:build onnx

package fspfm

import _ "github.com/pifr-go/pifr/backend/onnx" // for benchmarks with PIFR_BACKEND=onnx

//go:build onnx && cgo

package main

import _ "github.com/pifr-go/pifr/backend/onnx"

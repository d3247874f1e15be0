//go:build onnx && cgo

package onnxgraph

import _ "github.com/pifr-go/pifr/backend/onnx"

func init() { testedEngines = append(testedEngines, "onnx") }

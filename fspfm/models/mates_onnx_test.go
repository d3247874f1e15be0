//go:build onnx && cgo

package models_test

import _ "github.com/pifr-go/pifr/backend/onnx"

func init() { matesEngines = append(matesEngines, "onnx") }

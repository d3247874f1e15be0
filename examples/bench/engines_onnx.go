//go:build onnx

package main

import _ "github.com/pifr-go/pifr/backend/onnx"

// defaultEngines are run when -engines says nothing.
var defaultEngines = []string{"gonum", "xla:cpu", "onnx"}

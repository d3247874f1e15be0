//go:build !onnx

package main

// defaultEngines are run when -engines says nothing.
var defaultEngines = []string{"gonum", "xla:cpu"}

// Package all adds every engine of this library to a program, and GoMLX's own: import it
// for its side effect, as a command does that lets its user name the engine.
//
//	import _ "github.com/pifr-go/pifr/backend/all"
//
// gonum and GoMLX's engine are pure Go and always there. XLA comes with cgo, and ONNX
// Runtime with cgo and -tags onnx; backend.Open says so where one is missing.
package all

import (
	_ "github.com/gomlx/compute/gobackend"

	_ "github.com/pifr-go/pifr/backend/gonum"
)

//go:build onnx && cgo

package all

import _ "github.com/pifr-go/pifr/backend/onnx"

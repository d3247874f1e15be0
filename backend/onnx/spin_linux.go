//go:build onnx && cgo

package onnx

/*
#cgo LDFLAGS: -Wl,--wrap=wrapper_CreateSessionOptions

int pifr_onnx_calls(void);
*/
import "C"

// restful is how many sessions have threads that sleep between runs; see spin_linux.c.
func restful() int { return int(C.pifr_onnx_calls()) }

//go:build cgo

package memorytest

import (
	"reflect"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"
)

// xlaNeeds reads what XLA knows of a program, which go-xla keeps in a field of its own.
func xlaNeeds(e compute.Executable) (arguments, temporary int, ok bool) {
	program, ok := e.(*xla.Executable)
	if !ok {
		return 0, 0, false
	}
	stats := (*pjrt.LoadedExecutable)(unsafe.Pointer(reflect.ValueOf(program).Elem().FieldByName("exec").Pointer())).OnDeviceMemoryUsageStats
	return int(stats.Inputs), int(stats.Temporary), true
}

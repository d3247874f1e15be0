package main

import (
	"strings"

	// The engine gonum comes with package backend.
	_ "github.com/gomlx/compute/gobackend"
	"github.com/pifr-go/pifr/backend/xla"
)

// prepare makes the process ready for an engine that trains: steps of xla:cpu free and ask for the same memory again and again.
func prepare(engine string) {
	if strings.HasPrefix(engine, "xla:cpu") {
		xla.KeepMemory()
	}
}

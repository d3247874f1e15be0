package main

import (
	// The engine gonum comes with package backend.
	_ "github.com/gomlx/compute/gobackend"
	_ "github.com/pifr-go/pifr/backend/xla"
)

package main

import (
	_ "github.com/gomlx/compute/gobackend"
	_ "github.com/pifr-go/pifr/backend" // gonum
)

//go:build goexperiment.simd

package main

// simd tells whether the program was built with GOEXPERIMENT=simd, which GoMLX's "go"
// engine uses.
const simd = true

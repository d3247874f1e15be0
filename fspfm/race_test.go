//go:build race

package fspfm

// raced tells that the race detector is on.
const raced = true

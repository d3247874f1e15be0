//go:build race

package head

// raced tells that the race detector is on.
const raced = true

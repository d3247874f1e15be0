//go:build race

package conv

// raced tells that the race detector is on. sync.Pool then drops what it is given now and
// then, on purpose.
const raced = true

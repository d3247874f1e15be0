//go:build !race

package head

const raced = false

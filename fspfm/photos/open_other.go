//go:build !unix

package photos

const nonBlocking = 0

//go:build unix

package photos

import "syscall"

// nonBlocking keeps a pipe that nobody writes to from being waited for.
const nonBlocking = syscall.O_NONBLOCK

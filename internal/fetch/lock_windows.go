package fetch

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// tryLock uses LockFileEx, which the system releases when the process dies.
func tryLock(path string) (unlock func(), ok bool, err error) {
	const (
		failImmediately = 1
		exclusive       = 2
		lockViolation   = syscall.Errno(33)
	)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, false, err
	}
	var at syscall.Overlapped
	r, _, errno := lockFileEx.Call(f.Fd(), failImmediately|exclusive, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	if r == 0 {
		f.Close()
		if errors.Is(errno, lockViolation) || errors.Is(errno, syscall.ERROR_IO_PENDING) {
			return nil, false, nil
		}
		return nil, false, errno
	}
	return func() { f.Close() }, true, nil
}

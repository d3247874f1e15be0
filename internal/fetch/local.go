package fetch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
)

// Lock takes the lock file at path, which it creates, and waits until ctx ends; waiting,
// if not nil, is called once if there is something to wait for. The lock also excludes
// other goroutines. It ends with the process.
func Lock(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	if waiting == nil {
		waiting = func() {}
	}
	return lock(ctx, path, waiting)
}

// Check compares a file's length and hash with the pinned ones. The error wraps ErrHash,
// or is the file system's.
func Check(file string, size int64, sha256Hex string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if info.Size() != size { // spares reading it
		return fmt.Errorf("%w: %d bytes, want %d", ErrHash, info.Size(), size)
	}
	return checkFile(file, size, sha256Hex)
}

// CheckBytes is Check for what has been read already.
func CheckBytes(data []byte, size int64, sha256Hex string) error {
	h := sha256.New()
	h.Write(data)
	return checkSum(h, int64(len(data)), size, sha256Hex)
}

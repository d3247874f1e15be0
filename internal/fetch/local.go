package fetch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
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

// Copy copies a file to a new one, and checks the copy, which is removed if it is wrong.
func Copy(from, to string, size int64, sha256Hex string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	h := sha256.New()
	n, err := writeFile(to, io.TeeReader(io.LimitReader(in, size+1), h))
	if err == nil {
		err = checkSum(h, n, size, sha256Hex)
	}
	if err != nil {
		os.Remove(to)
	}
	return err
}

package recordio

import "io"

// readAhead is how much is read at once in the hope that a whole face fits. Faces of
// 112x112 have 4 to 12 kB.
const readAhead = 12 << 10

// window reads a file from one place on with a single system call, where that is enough.
type window struct {
	file io.ReaderAt
	at   int64
	buf  []byte
}

// move fills the window with what begins at a byte; less at the end of the file. Errors
// come up when the bytes are asked for.
func (w *window) move(at int64, n int) {
	if cap(w.buf) < n {
		w.buf = make([]byte, n)
	}
	got, _ := w.file.ReadAt(w.buf[:n], at)
	w.at, w.buf = at, w.buf[:got]
}

// ReadAt implements io.ReaderAt.
func (w *window) ReadAt(p []byte, at int64) (int, error) {
	if at >= w.at && at+int64(len(p)) <= w.at+int64(len(w.buf)) {
		return copy(p, w.buf[at-w.at:]), nil
	}
	return w.file.ReadAt(p, at)
}

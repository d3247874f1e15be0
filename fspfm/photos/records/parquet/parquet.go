package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/parquet-go/parquet-go"

	"github.com/pifr-go/pifr/fspfm/photos/records"
	"github.com/pifr-go/pifr/internal/atomicfile"
)

// groupRows is how many rows are held in memory, and read at once at the other end.
const groupRows = 1 << 13

// Write writes records, compressed by Zstandard. An error among them ends it.
func Write(w io.Writer, all iter.Seq2[records.Record, error]) error {
	out := parquet.NewGenericWriter[Row](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(groupRows))
	for r, err := range all {
		if err != nil {
			return err
		}
		row, err := RowOf(r)
		if err != nil {
			return err
		}
		if _, err := out.Write([]Row{row}); err != nil {
			return fmt.Errorf("parquet: write: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("parquet: write: %w", err)
	}
	return nil
}

// WriteFile writes a file, which is there as a whole or not at all.
func WriteFile(path string, all iter.Seq2[records.Record, error]) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, all) })
}

// Read reads what Write has written, in the same order. An error is the last that comes.
func Read(r io.ReaderAt, size int64) iter.Seq2[records.Record, error] {
	return func(yield func(records.Record, error) bool) {
		in, err := open(r, size)
		if err != nil {
			yield(records.Record{}, fmt.Errorf("parquet: open: %w", err))
			return
		}
		defer in.Close() // nothing was written
		for rows := make([]Row, 64); ; clear(rows) {
			n, err := next(in, rows)
			for _, row := range rows[:n] {
				one, err := row.Record()
				if !yield(one, err) || err != nil {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && n == 0 { // it would go on so for ever
				err = errors.New("damaged file: rows without contents")
			}
			if err != nil {
				yield(records.Record{}, fmt.Errorf("parquet: read: %w", err))
				return
			}
		}
	}
}

// open and next turn into errors what the library has as panics on damaged files.
func open(r io.ReaderAt, size int64) (in *parquet.GenericReader[Row], err error) {
	defer recovered(&err)
	if err := checkFooter(r, size); err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(r, size)
	if err != nil {
		return nil, err
	}
	return parquet.NewGenericReader[Row](file), nil
}

// checkFooter reads what the file ends with: how long its description is, and "PAR1". The
// library takes memory for any length.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < int64(len(tail)) {
		return fmt.Errorf("damaged file: %d bytes", size)
	}
	if _, err := r.ReadAt(tail[:], size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if length := int64(binary.LittleEndian.Uint32(tail[:])); string(tail[4:]) != "PAR1" || length > size-int64(len(tail)) {
		return fmt.Errorf("damaged file: it ends with %q", tail)
	}
	return nil
}

func next(in *parquet.GenericReader[Row], rows []Row) (n int, err error) {
	defer recovered(&err)
	return in.Read(rows)
}

func recovered(err *error) {
	if trouble := recover(); trouble != nil {
		*err = fmt.Errorf("damaged file: %v", trouble)
	}
}

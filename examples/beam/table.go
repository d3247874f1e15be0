package main

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/pifr-go/pifr/fspfm/photos/records"
	"github.com/pifr-go/pifr/fspfm/photos/records/parquet"
)

func init() {
	register.DoFn3x1[context.Context, int, func(*[]byte) bool, error](&writeTable{})
}

// writeTable writes the records of a place as one Parquet file. A second try writes the
// same file again; nobody sees half of one.
type writeTable struct {
	Folder, Name string
	Shards       int
}

// ProcessElement writes one file.
func (w *writeTable) ProcessElement(ctx context.Context, shard int, next func(*[]byte) bool) error {
	all, err := collected(next)
	if err != nil {
		return err
	}
	var table bytes.Buffer
	err = parquet.Write(&table, func(yield func(records.Record, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%05d-of-%05d.parquet", w.Name, shard, w.Shards)
	if err := put(ctx, w.Folder, name, table.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// put writes a file into a folder. Buckets show a file when it is complete; elsewhere it
// is written under another name first.
func put(ctx context.Context, folder, name string, data []byte) error {
	system, err := filesystem.New(ctx, folder)
	if err != nil {
		return err
	}
	defer system.Close()
	if strings.Contains(folder, "://") {
		return filesystem.Write(ctx, system, strings.TrimSuffix(folder, "/")+"/"+name, data)
	}
	target, part := path.Join(folder, name), path.Join(folder, "."+name+".part")
	if err := filesystem.Write(ctx, system, part, data); err != nil {
		return err
	}
	return filesystem.Rename(ctx, system, part, target)
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos/records"
	"github.com/pifr-go/pifr/fspfm/photos/records/parquet"
)

// output is where records go: a file that is added to, or the standard output.
type output interface {
	Done(file string) (records.Outcome, bool)
	Add(all ...records.Record) error
	Close() error
}

// output opens what -out names.
func (o options) output(stdout io.Writer, made fspfm.Maker) (output, error) {
	if o.out == "" {
		return stream{stdout, o.plain}, nil
	}
	log, err := records.OpenLog(o.out, records.LogOptions{Maker: made, WithoutFeatures: o.plain, Again: o.again})
	var other *records.OtherMakerError
	if errors.As(err, &other) || errors.Is(err, records.ErrNotLog) || errors.Is(err, records.ErrInUse) {
		err = fmt.Errorf("%w: %w", errUsage, err)
	}
	if err != nil {
		return nil, err
	}
	return log, nil
}

// stream writes records and remembers none.
type stream struct {
	to    io.Writer
	plain bool // without features
}

func (s stream) Done(string) (records.Outcome, bool) { return records.Outcome{}, false }

func (s stream) Add(all ...records.Record) error {
	for i := range all {
		if s.plain {
			all[i].Feature, all[i].Frontalized = nil, nil
		}
	}
	return records.Write(s.to, all...)
}

func (s stream) Close() error { return nil }

// table makes the Parquet file of the output.
func (o options) table() error {
	f, err := os.Open(o.out)
	if err != nil {
		return err
	}
	defer f.Close()
	return parquet.WriteFile(o.parquet, records.Read(f))
}

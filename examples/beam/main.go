// Beam takes photos through Apache Beam: from a file system or a bucket to faces and their
// features in Parquet, and into PostgreSQL with pgvector, on one machine or on many.
//
//	go run . -in 'photos/*' -out faces
//
// It is a module of its own: nobody who imports the library gets Beam. Without -runner the
// pipeline runs on this machine, on Beam's Prism; README.md has examples of others.
//
// The records are those that examples/frontalize writes. Photos that fail are records too,
// in tables of their own, and end nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/gcs" // gs://
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/local"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
)

// options are the flags. Beam's own stand beside them (-help lists all).
type options struct {
	in, list, out, postgres string
	shards                  int
	config                  Config
}

func main() {
	o := options{}
	flag.StringVar(&o.in, "in", "", "photos: names or patterns of Beam's file systems, separated by commas; ** stands for folders as well")
	flag.StringVar(&o.list, "list", "", "file of this machine with a photo's name in each line")
	flag.StringVar(&o.out, "out", "", "folder, of a file system or bucket, for faces-*.parquet and failed-*.parquet")
	flag.StringVar(&o.postgres, "postgres", "", "URL of a PostgreSQL database with pgvector, whose table faces gets them too")
	flag.IntVar(&o.shards, "shards", 16, "files into which faces are put; the records of one have to fit into a worker's memory")
	flag.StringVar(&o.config.Pack, "pack", "", "pack of models, by its name, or a folder that every worker has")
	flag.StringVar(&o.config.Backend, "backend", "gonum", "engine")
	flag.BoolVar(&o.config.Plain, "plain", false, "leave the features out")
	flag.Parse()
	beam.Init() // a worker ends here: it does what the pipeline asks
	if err := o.run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "beam:", err)
		os.Exit(1)
	}
}

// errUsage is wrapped by the errors for flags that cannot be.
var errUsage = errors.New("wrong usage")

// run makes the pipeline and waits for its end.
func (o options) run(ctx context.Context) error {
	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("%w: %q is one argument too many; photos are named by -in", errUsage, flag.Arg(0))
	case (o.in == "") == (o.list == ""):
		return fmt.Errorf("%w: want -in or -list", errUsage)
	case o.out == "" && o.postgres == "":
		return fmt.Errorf("%w: want -out or -postgres", errUsage)
	case o.shards < 1:
		return fmt.Errorf("%w: -shards %d", errUsage, o.shards)
	}
	// What is wrong with the models is to be said here, and not by each of a hundred workers.
	w, err := sharedWorker(ctx, o.config)
	if err != nil {
		return err
	}
	slog.Info("models are open", "made", w.made.Fingerprint, "engine", w.made.Engine)
	if o.postgres != "" {
		if err := prepare(ctx, o.postgres, w.recognizer.FeatureLen()); err != nil {
			return err
		}
	}
	p, s := beam.NewPipelineWithRoot()
	names, err := o.names(s)
	if err != nil {
		return err
	}
	o.pipeline(s, names)
	return beamx.Run(ctx, p)
}

// names are the photos' names, as bytes: they need not be UTF-8.
func (o options) names(s beam.Scope) (beam.PCollection, error) {
	if o.list == "" {
		return match(s, strings.Split(o.in, ",")), nil
	}
	text, err := os.ReadFile(o.list)
	if err != nil {
		return beam.PCollection{}, err
	}
	var all [][]byte
	for line := range strings.Lines(string(text)) {
		if name := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"); name != "" {
			all = append(all, []byte(name))
		}
	}
	if len(all) == 0 {
		return beam.PCollection{}, fmt.Errorf("%s: no names", o.list)
	}
	return beam.CreateList(s, all), nil
}

// pipeline is what becomes of the photos. The names are dealt out again before the work,
// so that it is not done where they were listed.
func (o options) pipeline(s beam.Scope, names beam.PCollection) {
	faces, failed := beam.ParDo2(s.Scope("recognize"), &recognize{Config: o.config}, beam.Reshuffle(s, names))
	for _, part := range []struct {
		name    string
		records beam.PCollection
	}{{"faces", faces}, {"failed", failed}} {
		in := s.Scope(part.name)
		groups := beam.GroupByKey(in, beam.ParDo(in, &shard{Shards: o.shards}, part.records))
		if o.out != "" {
			beam.ParDo0(in, &writeTable{Folder: o.out, Name: part.name, Shards: o.shards}, groups)
		}
		if o.postgres != "" && part.name == "faces" {
			beam.ParDo0(in, &insert{URL: o.postgres}, groups)
		}
	}
}

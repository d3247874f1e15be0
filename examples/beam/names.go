package main

import (
	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/fileio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
)

func init() {
	register.Function1x1(nameOf)
}

// match lists the files that patterns name.
func match(s beam.Scope, patterns []string) beam.PCollection {
	s = s.Scope("match")
	return beam.ParDo(s, nameOf, fileio.MatchAll(s, beam.CreateList(s, patterns), fileio.MatchEmptyDisallow()))
}

// nameOf is the name of a file, as bytes.
func nameOf(m fileio.FileMetadata) []byte { return []byte(m.Path) }

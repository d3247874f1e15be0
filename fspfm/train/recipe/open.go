package recipe

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/recordio"
)

// heldShare is the share of the people that Open keeps for the evaluation.
const heldShare = 0.1

// Data is where faces come from.
type Data struct {
	// Path is a folder of aligned faces, with a manifest.jsonl where poses are known, or
	// a .rec file, which needs no .idx beside it.
	Path string
	// Poses is a sidecar with the poses of the faces, if the set itself has none.
	Poses string
	// Weight is how often an epoch shows each face; 0 counts as 1.
	Weight float64
	// Skips leaves out records of a .rec file that are missing or damaged. Give the same to
	// Options, which passes over pictures that turn out to be broken later. nil ends at the
	// first.
	Skips *dataset.Skips
}

// Open opens sets of faces and keeps about a tenth of the people of each, chosen by the
// seed and their names, for the evaluation. Several become one: as the paper mixes real
// and simulated faces, every epoch shows those of all, and their people are people apart.
// The caller calls done at the end. Of nothing it makes the zero Sets.
func Open(seed uint64, data ...Data) (sets Sets, done func() error, err error) {
	var closers []func() error
	done = func() error {
		var all error
		for _, c := range closers {
			all = errors.Join(all, c())
		}
		return all
	}
	if len(data) == 0 {
		return Sets{}, done, nil
	}
	var training, held []dataset.Part
	for _, d := range data {
		source, closer, err := d.open()
		if err != nil {
			return Sets{}, nil, errors.Join(err, done())
		}
		closers = append(closers, closer)
		first, rest, err := dataset.Split(source, seed, heldShare)
		if err != nil {
			return Sets{}, nil, errors.Join(fmt.Errorf("recipe: %s: %w", d.Path, err), done())
		}
		training = append(training, dataset.Part{Source: first, Weight: d.Weight})
		if rest.Len() > 0 {
			held = append(held, dataset.Part{Source: rest})
		}
	}
	if sets.Train, err = mixed(training); err == nil && len(held) > 0 {
		sets.Held, err = mixed(held)
	}
	if err != nil {
		return Sets{}, nil, errors.Join(err, done())
	}
	return sets, done, nil
}

// mixed is one source of several; one alone stays as it is.
func mixed(parts []dataset.Part) (dataset.Source, error) {
	if len(parts) == 1 && (parts[0].Weight == 0 || parts[0].Weight == 1) {
		return parts[0].Source, nil
	}
	m, err := dataset.Mix(dataset.KeepApart, parts...)
	if err != nil {
		return nil, fmt.Errorf("recipe: %w", err)
	}
	return m, nil
}

// open opens one set, with its poses.
func (d Data) open() (source dataset.Source, done func() error, err error) {
	done = func() error { return nil }
	if strings.HasSuffix(d.Path, ".rec") {
		set, openErr := recordio.OpenSkipping(d.Path, d.Skips)
		if openErr == nil {
			done = set.Close
		}
		source, err = set, openErr
	} else {
		source, err = dataset.OpenFolder(d.Path)
	}
	if err != nil || d.Poses == "" {
		return source, done, err
	}
	sidecar, err := dataset.ReadPoses(d.Poses)
	if err == nil {
		source, err = dataset.WithPoses(source, sidecar)
	}
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return source, done, nil
}

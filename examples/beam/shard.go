package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/pifr-go/pifr/fspfm/photos/records"
)

func init() {
	register.DoFn1x3[[]byte, int, []byte, error](&shard{})
	register.Iter1[[]byte]()
}

// shard deals records out by their photo's name: the records of a photo always come to
// the same place, on any machine and in any run.
type shard struct{ Shards int }

// ProcessElement is the place of a record.
func (s *shard) ProcessElement(record []byte) (int, []byte, error) {
	var r struct {
		File json.RawMessage `json:"file"`
	}
	if err := json.Unmarshal(record, &r); err != nil {
		return 0, nil, fmt.Errorf("a record: %w", err)
	}
	h := fnv.New64a()
	h.Write(r.File)
	return int(h.Sum64() % uint64(s.Shards)), record, nil
}

// collected are the records of a place: sorted, so that they are the same whatever worker
// was first, and each once, should a runner have sent one twice.
func collected(next func(*[]byte) bool) ([]records.Record, error) {
	var all []records.Record
	for text := []byte(nil); next(&text); {
		var r records.Record
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("a record: %w", err)
		}
		all = append(all, r)
	}
	order := func(a, b records.Record) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Face, b.Face))
	}
	slices.SortFunc(all, order)
	return slices.CompactFunc(all, func(a, b records.Record) bool { return order(a, b) == 0 }), nil
}

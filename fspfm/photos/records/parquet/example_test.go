package parquet_test

import (
	"bytes"
	"fmt"
	"log"
	"strings"

	"github.com/pifr-go/pifr/fspfm/photos/records"
	"github.com/pifr-go/pifr/fspfm/photos/records/parquet"
)

func Example() {
	lines := `{"file":"a.jpg","face":0,"faces":1,"score":0.9,"feature":[0.6,0.8],"made":{"fingerprint":"0123"}}
{"file":"b.jpg","face":0,"faces":0,"made":{"fingerprint":"0123"}}
`
	var table bytes.Buffer
	if err := parquet.Write(&table, records.Read(strings.NewReader(lines))); err != nil {
		log.Fatal(err)
	}
	for r, err := range parquet.Read(bytes.NewReader(table.Bytes()), int64(table.Len())) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.File, r.Faces, r.Feature)
	}
	// Output:
	// a.jpg 1 [0.6 0.8]
	// b.jpg 0 []
}

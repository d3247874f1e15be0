// Package records keeps what a Recognizer makes of many photos: one Record for each face,
// and one for each photo without a face or that could not be worked on. Each says by what
// models and settings it was made.
//
// A Log is a file of records, a line of JSON each, to which a program adds as it goes
// through photos. It may be broken off at any moment, by a signal, kill -9 or a power
// failure, and goes on where it was:
//
//	log, err := records.OpenLog("faces.jsonl", records.LogOptions{Maker: recognizer.Maker()})
//	...
//	if _, done := log.Done(path); !done {
//		results, err := recognizer.Faces(ctx, photo.Image)
//		...
//		err = log.Add(records.Of(path, photo, results, recognizer.Maker())...)
//	}
//
// The file of another maker is refused with *OtherMakerError, which names both. Write and
// Read are for records elsewhere, and package parquet beside this one for tables.
package records

// Package features holds what frozen networks make of a set of faces: all that a head
// behind a frozen extractor is trained on and measured with.
//
//	extract, done, err := features.NetExtract(engine, net, scope)
//	defer done()
//	data, err := features.Make(ctx, source, extract, features.Config{})
//	mapped, err := features.Map(ctx, engine, head, headScope, data)
//
// Make runs an Extract over a dataset.Source, which takes an hour where the training of a
// head takes a minute; Cached keeps what it has made in a file, under a key that names
// the networks and the set. Map sends features through a head.
package features

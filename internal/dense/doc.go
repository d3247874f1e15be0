// Package dense holds what the small fully connected networks behind a feature extractor
// are made of: their variables, drawn in Go from one seeded generator, and their layers
// as graph operations with a full gradient on every engine.
//
// Values are [batch, length]. The weights of a linear layer are [inputs, outputs], as in
// package backbone. Shape mistakes panic while a graph is built, with the name of the
// network and the variable.
package dense

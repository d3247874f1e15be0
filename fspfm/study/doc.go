// Package study makes the paper's tables small enough for two processor cores: every
// method is trained as a head behind the same frozen extractor, on rendered people, with
// the same budget, and tested on PoseSim-V, whose people nobody has seen.
//
//	bench := &study.Bench{Engine: engine, Train: faces, Test: test, Seeds: []uint64{42, 43, 44}}
//	methods, err := study.Methods(study.Table2)
//	row, err := study.ScoreMethod(ctx, bench, methods[0], nil)
//
// A Study trains heads in many more ways, each of them data (Questions), and keeps what
// became of every one as a line of a file: which pose input, widths and losses are best
// by people to choose by, and what the choice is worth on PoseSim-V.
//
// The tables compare methods with each other, on these data. They do not repeat the
// paper's figures, which are of an extractor trained together with the method, on
// millions of photos.
package study

// Package people puts the faces of a library of photos into groups, one person to each, and
// keeps to what the user says of them.
//
//	library, err := people.New(people.Options{Decision: recognizer.Decision()})
//	err = library.Add(ctx, faces...) // of all photos, or of those that are new
//	groups, alone := library.Groups()
//	err = library.Same(ctx, a, b)      // the user says yes
//	err = library.Different(ctx, a, b) // no
//	err = library.Split(ctx, a, b, c)  // these are somebody else than the rest of their group
//	err = library.Save(file)
//
// # How faces are linked
//
// The two groups, or faces, that are most alike become one, again and again, until none are
// alike enough. How alike two groups are is the mean over all pairs of their faces of the
// cosine minus decision.Decision's threshold for the two poses, in which pairs of near poses
// weigh more: a profile and a frontal face meet through the half-profiles between them. Of
// two faces more is wanted than of two large groups, whose mean varies less; of faces of low
// quality, and of large libraries, more too (Options).
//
// To put strangers together is worse than to split somebody, and the defaults are chosen so.
// What is like nobody stays alone. Two faces of one photo are never put together, unless the
// user says yes of them. The side to which a head is turned does not matter, which suits
// features that average a crop and its mirror image, as those of the shipped packs do.
//
// # How well
//
// CFP's people 1-250, all 3,493 faces together, 2,500 frontal and 993 profiles, features of
// pack sface. The defaults of this package, and of all settings that were tried of others
// the one with the best F1 at a BCubed precision of 99 % or more; percent, 95 % intervals by
// drawing people:
//
//	          precision             recall                F1
//	people    99.43 [98.83, 99.86]  91.47 [89.87, 92.86]  95.28 [94.43, 96.06]
//	HDBSCAN   99.42 [99.13, 99.66]  87.84 [85.91, 89.86]  93.27 [92.10, 94.42]
//	DBSCAN    99.48 [98.83, 99.93]  83.87 [81.57, 85.98]  91.01 [89.66, 92.23]
//
//	pairs     precision  recall  F1
//	people    99.03      90.80   94.74
//	HDBSCAN   99.24      86.91   92.67
//	DBSCAN    98.92      82.63   90.04
//
//	go run ./examples/evaluate groups cfp-dataset -people 1-250 -peers python3
//
// The best setting of this package has an F1 of 96.1 at a precision of 99.2. The defaults lie
// where all settings around them reach a precision of 99.3 %: it depends on few groups in
// which two people are mixed, and is no promise for other photos. Strangers are kept apart
// better with a higher Single.
//
// # What the user says
//
// Answers are kept for ever, also when faces are removed: if a is b and b is c, a is c
// without b. An answer that contradicts earlier ones is refused with ErrContradiction, and
// Forget takes back what was said of a face. No group is split by adding photos. A no, or a
// yes that something else speaks against, groups the faces of the groups concerned anew.
//
// # Order
//
// The same calls in the same order give the same groups and numbers. The order of the faces
// within one Add is nothing. The order of calls matters: groups that were made by what was
// known then are not taken apart by what is known now, so that two libraries with the same
// faces may differ where faces are hard. Regroup groups all anew, as if one call had added
// them; it keeps answers, and numbers as far as groups stay.
//
// # Size
//
// Exact compares all new faces with all: 100,000 at once, with features of 128 numbers, took
// 69 seconds on two cores (go test -run xxx -bench Add). For each face the nearest
// Options.Nearest are kept, 8 bytes each, beside the features themselves. Options.Neighbors
// takes an index instead, such as gallery/index.Neighbors. How much stricter large libraries
// have to be (Options.Growth) is known from small ones: of CFP's people the best Group is
// -0.13 on average for 25 (ten sets) and -0.08 for 250 (evaluate groups cfp-dataset
// -people 1-25 and so on), 0.05 for ten times as many faces. Beyond 3,500 faces that is
// carried on, not measured.
package people

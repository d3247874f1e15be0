// Package ownhead trains an FSPFM head for one's own people, from photos of them that are
// sorted by person, and says whether it helps: on people whom it has not seen.
//
//	var faces ownhead.Faces
//	faces.Add("Ann", result)                                   // fspfm.Result, of each photo
//	config := ownhead.Config{Set: "family", Command: "..."}
//	out, err := ownhead.Train(ctx, engine, recognizer, &faces, config)
//	fmt.Println(out.Verdict)                                   // with this head: ...
//	err = out.Save("head")
//
// # The verdict
//
// People are divided into folds. For each, a head is trained on the people of all others,
// and pairs of faces of the fold are compared with it and without it. The verdict is by how
// many points more pairs of one person are accepted with the head at the same rate of false
// matches, with a 95 % interval by drawing people:
//
//	better         the whole interval lies above zero
//	worse          it lies below
//	no difference  zero lies within
//
// The head that is saved is trained on everybody, and its file carries that figure
// (head.Usage.Real). fspfm.WithHeadFile lets it decide only if the verdict is "better".
//
// # Thresholds
//
// Two kinds are chosen on the same people, at the upper end of the interval by drawing
// people, as crosspose.Calibrate does: for the features without a head, in decision.json,
// and for the head, in its own file, from pairs of people whom the heads of the folds had
// not seen.
//
// A few hundred people teach a head little. Behind an extractor that was trained on
// millions of photos expect tenths of a point, and mostly "no difference".
package ownhead

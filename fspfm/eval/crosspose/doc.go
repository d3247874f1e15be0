// Package crosspose measures recognition between frontal and profile photos of real
// people: how many faces are found, how many pairs of one person are accepted, and
// whether a head helps.
//
//	set, err := views.OpenCFP("cfp-dataset")
//	models, err := crosspose.Open(ctx, engine, fspfm.WithPack("sface"))
//	faces, err := models.Measure(ctx, set.Set, "cache", progress)
//	report, err := crosspose.Evaluate(ctx, faces, set, eval.Bootstrap{})
//	d, err := crosspose.Calibrate(ctx, faces, set.Set, options) // thresholds for these photos
//
// # What is compared
//
// Every photo gives one face, the one that Embed picks, or none. Four columns say what is
// made of a pair: Raw, the cosine of one crop's features; Mirrored, of features summed
// with those of the mirrored face; Frontalized, of the head's features as far as the pair
// is turned (head.Gating); and Shipped, the answer of Recognizer.Verify, whose score is
// the cosine minus the threshold for the pair's poses. Frontalized is made from the
// shipped crops, so that the head's part is the difference of Frontalized and the shipped
// cosine.
//
// # Figures
//
// TMR is the share of pairs of one person that are accepted, FMR that of two people. At a
// false-match rate of 1e-2 or 1e-3 the threshold is the lowest that keeps it. Intervals
// come from drawing people (eval.Bootstrap). Figures of pairs leave photos without a face
// out; those called end to end count their pairs as rejected, and so do the accuracies by
// ten folds.
//
// Measured faces are kept in a folder by the models, whatever the head, and the hash of
// the photo, so that a second run takes seconds. The folder holds features of the people
// in the photos: treat it as the photos themselves.
package crosspose

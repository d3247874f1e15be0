// Package decision says when two features count as one person's: which crops of a face a
// feature averages, from which cosine on a pair is accepted, and what on real photos
// speaks for that.
//
// A Decision is data. The manifest of a pack of models carries the one that was measured
// with its recognizer (pack.Model), examples/evaluate writes one from a folder of a
// user's own photos, and fspfm.WithDecision takes it:
//
//	d, err := decision.Parse(data)
//	t := d.Threshold(yawA, yawB) // both in degrees
//	same := cosine >= t.Cosine
//
// # Three thresholds
//
// Features of two turned faces are more alike than those of two frontal ones, of
// one person or of two, because what they share is the pose; those of a frontal and a turned
// face are less alike. One threshold for all pairs is therefore too lax for some and too
// strict for others. A Decision has three: for two frontal faces, for a frontal and a
// turned one, and for two turned ones.
//
// # Evidence
//
// Everything that a Decision says comes with its Evidence: the set of photos, how many
// people, the figure with its interval, and the command that measured it.
//
// The package depends on nothing but the standard library; everything in it is a value,
// and safe for concurrent use.
package decision

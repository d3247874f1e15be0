// Package eval measures how well features recognize people, by the protocols of the
// field.
//
// What all protocols have in common are trials: two faces, the similarity that their
// features have, and whether they are of one person.
//
//	trials, err := eval.Compare(features, pairs)      // cosine similarities
//	roc, err := eval.NewROC(trials)                   // as scikit-learn's roc_curve
//	tar := roc.TARAt(1e-3)                            // true accept rate at a false accept rate
//	result, err := eval.TenFold(features, pairs)      // LFW, CFP-FP, CPLFW, CALFW, AgeDB-30
//
// # Protocols
//
//   - TenFold is InsightFace's verification of .bin files and pair lists: squared
//     distances of unit features, thresholds from 0 to 4 in steps of 0.01, the best of
//     nine folds applied to the tenth, mean and population standard deviation.
//   - CFPNative is CFP's own: ten splits of its lists, area under the curve and equal
//     error rate averaged over them.
//   - IJB is the 1:1 verification of IJB-B and IJB-C: templates of weighted media
//     averages, TAR at the ROC point next to a rate.
//   - Buckets compares frontal templates with probes of each range of yaw, everybody with
//     everybody, and ByYaw and Match do so for faces of any source. Calibrate sets the
//     thresholds of a head by the same trials.
//
// # Similarity
//
// A similarity is the cosine of two features; more is more alike. Squared distances of
// unit features are 2 - 2 cos, so that both give the same order.
//
// # Uncertainty
//
// Trials that share a person are not independent. Bootstrap therefore draws people, with
// replacement, and gives intervals for a figure and, on the same draws, for the
// difference of two methods, each averaged over its runs with several seeds.
//
// Everything here is safe for concurrent use, and deterministic: random draws take a
// seed.
package eval

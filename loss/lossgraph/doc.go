// Package lossgraph builds the losses of package loss as GoMLX graphs, to train with.
// Options, formulas and edges are those of package loss, which is the definition that
// every function here is tested against, value and gradient.
//
//	value := lossgraph.Total(
//		lossgraph.Margin(loss.ArcFace(), features, weights, labels),
//		lossgraph.ADA(loss.ADA{Reduction: loss.Mean}, frontal, attention, profile),
//		loss.Lambda)
//
// # Conventions
//
// Features are [batch, d], class weights [classes, d], logits and cosines [batch,
// classes], in float32 or float64; half-width floats have to be converted first, since
// the guards against division by zero would themselves be zero. Labels are integers
// [batch]. A loss is a scalar of the features' dtype, the mean over the batch.
//
// What is a target (the frontal feature of ADA, FeatureL2 and MaxADA, the rotations of
// Orientation, teacher and centers of AngularDistillation) passes no gradient on, unless
// an option says so: callers need not stop it themselves. Slopes that are chosen rather
// than derived, that of the angular margin and that of acos, are built in and work with
// graph.Gradient as usual, once: a second derivative would miss them.
//
// Wrong shapes, dtypes or options panic, as usual where graphs are built. Values cannot
// be looked at then: a label that is no class makes the loss NaN, and NaN among the
// inputs stays NaN, which GoMLX's training loop reports.
package lossgraph

// Package loss defines the losses of pose-invariant face recognition: what FSPFM is
// trained with, and what its rivals are trained with. Every loss is written twice. Here
// it is the formula, in plain float64, with a gradient derived by hand: meant to be read,
// and to be the truth that tests compare with. Package lossgraph has the same losses as
// GoMLX graphs, to train with. Both take their options from the types of this package.
//
//	Margin              ArcFace, CosFace and both at once, over features of unit length
//	PartialFC           the same over a sample of the classes
//	ADA                 equation 2 of the FSPFM paper: the attention-guided domain adaptation loss
//	FeatureL2           equation 2 without its attention
//	MaxADA              the attentive pair-wise loss of Huang and Ding
//	Total               equation 3: ArcFace plus λ times ADA
//	AngularDistillation PAD, from its published description
//	Contrastive         pairs of one or two people
//	Matching            which photo of a batch shows the same person
//	HopeNet             what pose networks of HopeNet's kind are trained with, for one angle
//	Orientation         the rotation as a whole, beside it
//	Landmarks           where points are, how sure that is, and whether they are seen
//	SoftmaxCrossEntropy what most of the above end in
//
// # Conventions
//
// Features are rows of a matrix [batch, d], class weights rows of [classes, d], logits
// and cosines are [batch, classes], labels count from 0. The value of a loss is a mean
// over the batch. A gradient has the shape of what it is by: byFeatures is dL/dfeatures,
// and so on. Results are new matrices, arguments are not changed, and nothing is shared
// between calls: all functions may be called from several goroutines at once.
//
// Matrices that do not fit together give ErrShape, a label that is no class ErrLabel, NaN
// and infinities ErrValue. Options that make no sense give ErrOption.
//
//	m := loss.ArcFace()
//	value, byFeatures, byWeights, err := m.Loss(features, weights, labels)
//
// # Edges
//
// Nothing divides by zero. A feature or class weight without a direction (all elements
// below MinNorm) has the cosine 0 with everything, and a zero gradient. At cos θ = ±1,
// where cos(θ+m) has a kink, the gradient is the one that the kink's sides have in
// common. Softmax is computed from differences to the greatest logit, so that logits of
// any finite size will do, and its logarithm is not cut off: arcface_torch reports no
// probability below 1e-30, and therefore no loss above 69.
//
// # The trivial optimum of equation 2
//
// ADA says that two features should be close, not that they should say anything. It can
// be made small by making both small: with attention weights a and a frontalized feature
// p that shrink together, L_ada goes to zero as their square, whatever is recognized
// (TestTrivialOptimum). A falling L_ada is therefore no evidence of learning. ArcFace
// beside it keeps the features' directions apart, but does not see lengths. A frozen
// target has a length, which attention weights can still take away. So: train with Total,
// leave ADA.LiveTarget off, keep AM from giving zeros (which is its own business), and
// watch norms and weights. ADA.Unit compares directions instead, and then the scale
// cannot matter; it is not what the paper wrote.
package loss

// Package train trains what recognizes faces at any pose: the paper's two stages, heads
// behind a frozen extractor, and what they are compared with.
//
//	data := &features.Set{FeatureLen: 128, Values: values, PoseLen: 192, Poses: poses,
//		Angles: angles, Identities: ids}
//	stage1, err := train.TrainHead(ctx, engine, module, data, train.HeadConfig{})
//	stage2, err := train.TrainPairs(ctx, engine, stage1, data, train.PairsRecipe())
//	params, err := stage2.Params() // for module.SetParams
//
// # Heads behind a frozen extractor
//
// TrainHead trains any head.Head on the features of an extractor that stays as it is, and
// TrainPairs fine-tunes it on pairs of a frontal and a profile face. Features come from
// package features or from arrays; twenty thousand faces take seconds on two cores. A
// HeadResult maps unseen features (Map) and gives the weights (Params).
//
// # Networks for poses and landmarks
//
// TrainPose trains networks of HopeNet's kind, TrainLandmarks those of package landmark,
// on heads that package rendered makes. PoseErrors and LandmarkErrors measure them on
// other people.
//
// # Precision and memory of stage 1
//
// ExtractorConfig.Body = "bfloat16" runs the extractor's convolutions and matrix products
// in bfloat16 and keeps the values between its layers in it, where weights, statistics of
// normalization, head, class weights, loss, gradients as the optimizer sees them and its
// own variables stay float32. gonum and xla:cpu compute it through float32, which saves
// neither time nor memory there, and xla:cpu may leave out a rounding between operations
// that it joins: on CPUs it is for trying a recipe. GPUs have it natively. gonum:float64,
// engines without that dtype, and float16 are refused before the first step.
//
// ExtractorConfig.Recompute keeps the values between residual blocks alone, and computes
// the inside of a block once more when its gradient is due. Gradients are the same, to
// the last bit on gonum. On gonum and xla:cpu it is less memory in fact: see
// TestRecomputeMemory here and in package backbone.
//
// # Runs
//
// Package run takes the steps: it has the optimizers, the schedules, and the folders from
// which a run goes on after a kill. run.Options of every config say how a run is run.
package train

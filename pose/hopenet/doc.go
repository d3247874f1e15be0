// Package hopenet estimates head poses with networks of HopeNet's kind (Ruiz, Chong and
// Rehg, Fine-Grained Head Pose Estimation Without Keypoints, 2018): an image of the head,
// wider than the face, goes in; three times 66 scores come out, which pose.Bins decodes
// into yaw, pitch and roll. The pooled feature that the three last layers share is an
// output too: it is what pose-guided networks take.
//
// A network comes from an ONNX file, or is defined here, as a Net, to be trained or to
// take weights that were read:
//
//	ResNet50  HopeNet        [batch, 224, 224, 3] -> 3 x [batch, 66], feature [batch, 2048]
//	Light     for CPUs       [batch, 64, 64, 3]   -> 3 x [batch, 66], feature [batch, 192]
//
// Either way an Estimator crops, runs and decodes:
//
//	est, err := hopenet.FromONNX(engine, data, hopenet.Config{})
//	est, err := hopenet.New(engine, net, scope, hopenet.Config{}) // weights below scope
//	poses, err := est.Estimate(ctx, pose.Subject{Photo: photo, Box: box})
//
// The loss is per angle, cross entropy of the scores plus alpha times the squared error
// of the decoded angle in degrees; it is in package loss. HopeNet's own labels,
// pose.Bins.Encode, name the bin that an angle lies in, though an answer is the mean of
// the bins' lower edges: a network that classifies well answers with 1.5 degrees too
// little on average, as far as the squared error lets it. train.TrainPose takes the
// labels of pose.Bins.Nearest.
//
// Layers have the names of deep-head-pose's checkpoints: the trunk's as in torchvision,
// and fc_yaw, fc_pitch, fc_roll. The fc_finetune that those files also hold takes no part
// in the estimate.
//
// Values, all gradients and running statistics of a training step equal PyTorch's within
// 1e-10 in float64, also for ResNet50 as published with torchvision's trunk (TestPyTorch,
// TestFullWidth; testdata/reference.py).
//
// The frame of the angles is that of package pose, which is HopeNet's own.
package hopenet

// Package hopenet estimates head poses with networks of HopeNet's kind, stored as ONNX files: an image of the head, wider
// than the face, goes in; three times 66 scores come out, which pose.Bins decodes into yaw, pitch and roll. The pooled
// feature that the three last layers share is an output too: it is what pose-guided networks take.
//
//	est, err := hopenet.FromONNX(engine, data, hopenet.Config{})
//	poses, err := est.Estimate(ctx, pose.Subject{Photo: photo, Box: box})
//
// The frame of the angles is that of package pose, which is HopeNet's own.
package hopenet

// Package models opens the networks that packs and files hold, and says which file each
// came from.
//
//	file, err := models.Find(ctx, pack.Recognizer, "sface") // a pack's name or folder, or a file
//	extractor, err := file.Extractor(engine, backbone.ExtractorConfig{})
//	fmt.Println(file.SHA256)                                // what a head's file says of it
//
// A File has the bytes of one model, its role and how it is fed. Its methods make
// networks of them, one for each role:
//
//	Detector    face.Detector       finds faces
//	Recognizer  backbone.Extractor  makes features of aligned faces
//	Pose        hopenet.Estimator   estimates poses; PoseWeights reads what to train further
//	Landmarks   landmark.Refiner    reads the five points of turned faces anew
//	Head        head.Module         frontalizes features, as its head.Usage says
//
// Engines stay the caller's, and have to outlive the networks.
package models

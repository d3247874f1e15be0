// Package landmark finds the five points of faces at any pose, with an uncertainty each
// and whether they are seen, in a window around what a detector has boxed. Detectors say
// five points too, but on profiles they say them badly, and recognizers that align faces
// by them lose by it.
//
//	reader, err := landmark.OpenReader(engine, data) // data: the weights that ship
//	reading, err := reader.Read(ctx, pose.Subject{Photo: photo, Box: box}, angles.Roll)
//	points := reading.Landmarks // what to align by, unless reading.Doubt() is large
//
// A Reader answers by itself. A Refiner, which was trained on renders alone, says where the
// head's points are, and moves the detector's: it is what the Reader learned from, together
// with face.Detector.Steady, and what stands in for it, beside the detector, where it is in
// doubt.
//
//	refiner, err := landmark.Open(engine, data, landmark.Config{})
//	found, err := refiner.Refine(ctx, pose.Subject{Photo: photo, Box: box, Landmarks: detected})
//	points := found[0].Align(detected)
//
// # Coordinates
//
// All are those of pose.Subject: pixels from the photo's edge, so that 0.5 is the middle
// of the first pixel. In face.Face that middle is 0: add a half to a Face's box and
// points on the way in, and take it off on the way out. Order and names of points are
// those of pose.Landmarks: "left" is the image's left.
//
// # The network
//
//	Light  [batch, 80, 80, 3] -> scores of 5 points in 10 x 10 cells, 5 log sigmas,
//	                             5 logits of being seen
//
// A point is the mean of the cells' places under the softmax of its scores. It is trained
// by train.TrainLandmarks with loss.Landmarks: the Refiner's on rendered heads whose
// points are known exactly, also where they are hidden (recipes landmark and
// landmark-more), in windows that err as detectors' boxes do; the Reader's from there on
// what the recognizer reads on turned renders and turned portraits (recipe reader).
//
// # What the points mean
//
// Refined.Head are the points of the rendered heads. Refined.Landmarks are moved to where
// YuNet, this project's detector, would mark them on average. Refined.Align is what to
// align a face by. Figures, and what else was tried, are in the card of the weights that
// ship, fspfm/pack/shipped/CARD-landmark-light.md, and of the reader,
// CARD-landmark-reader.md.
package landmark

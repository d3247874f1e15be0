// Package heads renders people who do not exist as pose networks see them, in photos with
// their surroundings, and as recognisers do, aligned: the same moments in both, with
// exact labels.
//
//	wide, err := heads.New(2500, 20, 42, false)  // for train.TrainPose
//	faces, err := heads.New(2500, 20, 42, true)  // the same photos for an extractor
//	wide.Points = true                           // for train.TrainLandmarks: labels have landmarks and boxes
//	kept, err := dataset.Gather(ctx, wide, nil)  // rendered once, for many epochs
//
// A quarter of the photos look into the camera, with standard deviations of 6, 6 and 5
// degrees of yaw, pitch and roll and nothing beyond 15. Of the others yaws are spread
// evenly from -95 to 95 degrees, pitch has 18 degrees and roll 15. Light, expression,
// occluders, blur and camera are those of sim.RandomShot, and the box around the head is
// off as a detector's is.
//
// With Points the box is exact and lies in the middle, with room around it; training
// moves the window. A third of the photos has something in front of the face, and in a
// fifth the frame may cut the face.
//
// Package rendered makes sets for both stages of the paper, whose every person is seen at
// every range of poses, and which folders and RecordIO can hold; here each photo is drawn
// for itself, and there are two views of it. Both leave the people of PoseSim-V alone.
package heads

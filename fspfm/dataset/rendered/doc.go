// Package rendered makes faces of people who do not exist, at any pose and with exact
// labels, as sets to train on: rendered while training goes on, or once, into memory, a
// folder or RecordIO.
//
//	set, err := rendered.New(rendered.Config{Identities: 2000, Shots: 20})
//	w, err := recordio.Create("sim/train.rec", set.Stamp())
//	err = dataset.Copy(ctx, w, set, dataset.CopyOptions{})
//
// It stands for MS1M-Pose-Sim, the paper's set of simulated profile faces. The heads are
// those of package sim.
//
// # Moments and views
//
// A picture is a moment, a person and all that is drawn of a shot, and a view of it. The
// Set itself shows aligned faces, for recognizers. Other views show the same moments:
//
//	rendered.Misaligned(set, 2)                 faces as a worse detector aligns them
//	rendered.Wide(set)                          heads with their surroundings, for train.TrainPose
//	rendered.Points(set)                        the same, labeled with landmarks and boxes
//	rendered.TurnedToFront(set, estimator, 15)  faces turned to the front in the picture
//
// # Poses
//
// Two laws say who the people are and how their heads are turned.
//
// Ranges: everybody is seen at every range of poses. The first quarter of a person's
// shots is frontal: yaw, pitch and roll have standard deviations of 7, 6 and 4 degrees.
// Of the others, four fifths are turned, with yaws spread evenly from -90 to 90 degrees,
// one shot in each of as many equal parts, and pitches of 12 degrees; the rest nod, with
// pitches spread evenly from -60 to 60 and yaws of 20 degrees. Rolls have 10 degrees.
// What is normal is cut off at 2.5 standard deviations.
//
// Photos: each photo is drawn for itself. A quarter looks into the camera, with standard
// deviations of 6, 6 and 5 degrees of yaw, pitch and roll and nothing beyond 15. Of the
// others yaws are spread evenly from -95 to 95 degrees, pitch has 18 degrees and roll 15.
//
// Light, expression, camera and the rest are those of sim.Everyday.
//
// # What repeats
//
// A face is a function of the seed of its person, the number of the shot and Config.Seed:
// neither the number of people nor what was rendered before matters. What package sim
// draws for a seed may change with its version; Stamp tells versions apart.
//
// # Reserved people
//
// Seeds from Reserved on belong to PoseSim-V, the benchmark of package posesimv. No set
// has them: New refuses them, with ErrReserved, and Photos draws none. Who was trained on
// cannot be tested with.
package rendered

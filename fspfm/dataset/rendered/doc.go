// Package rendered makes faces of people who do not exist, at any pose and with exact
// labels, as a set to train on: rendered while training goes on, or once, into a folder
// or RecordIO.
//
//	set, err := rendered.New(rendered.Config{Identities: 2000, Shots: 20})
//	w, err := recordio.Create("sim/train.rec", set.Stamp())
//	err = dataset.Copy(ctx, w, set, dataset.CopyOptions{})
//
// It stands for MS1M-Pose-Sim, the paper's set of simulated profile faces. The heads are
// those of package sim.
//
// # Poses
//
// The first quarter of everybody's shots is frontal: yaw, pitch and roll have standard deviations of 7, 6 and 4 degrees and stay
// within 20. Of the others, four fifths are turned, with yaws spread evenly from -90 to 90 degrees, one shot in each of as many
// equal parts, and pitches of 12 degrees; the rest nod, with pitches spread evenly from -60 to 60 and yaws of 20 degrees. Rolls
// have 10 degrees. Light, expression, camera and the rest are drawn by sim.RandomShot.
//
// # What repeats
//
// A face is a function of the seed of its person, the number of the shot and Config.Seed:
// neither the number of people nor what was rendered before matters. What package sim
// draws for a seed may change with its version; Stamp tells versions apart.
//
// # Reserved people
//
// Seeds from Reserved on belong to PoseSim-V, the benchmark of package posesimv. New
// refuses them, with ErrReserved: who was trained on cannot be tested with.
package rendered

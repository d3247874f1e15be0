// Package simulator judges by a recognizer how far turned photos are from real ones: for
// people of whom there are frontal and profile photos, a frontal photo is turned to the
// pose of a real profile, found and embedded as any photo, and held against that profile.
//
//	trials, err := simulator.Turn(ctx, recognizer, set, faces, simulator.Config{})
//	report, err := trials.Report(ctx, eval.Bootstrap{})
//
// A simulator is good if turned photos are recognized as often as real profiles of the
// same pose, if they differ from the frontal photo as those do, and if a gallery that has
// them besides finds no fewer real profiles.
package simulator

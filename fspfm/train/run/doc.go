// Package run is the engine of training: it takes steps, keeps what they measured, and
// goes on where an earlier process stopped. It knows nothing of faces: what is trained is
// an Objective.
//
// # Steps
//
// A Step is a whole training step as one compiled graph: an Objective, its gradients, and
// an Optimizer. SGD with momentum and coupled weight decay, AdamW, clipping by the norm
// of all gradients and accumulation are those of PyTorch, step for step; Schedule has the
// learning rates. With StepConfig.Devices the batch is cut over several devices of one
// engine; the parameters, and what the step computes, are the same as on one. Variables
// that StepConfig.Cut names are cut over the devices too, and everything else is whole on
// each.
//
// # Runs that can be left alone
//
// A Loop takes the steps of a run. Options.Dir is the run's folder. It holds
//
//	run.json        recipe, seed, hashes of the data, versions, revision of the source and whether
//	                that had changes
//	metrics.jsonl   what was measured, one JSON object a line
//	checkpoints/    all variables, those of the optimizer included, and the step
//	best.json       which checkpoint is the best
//
// A run that finds its own checkpoints goes on from the newest one that is whole. Since
// order of samples, augmentation and learning rate are functions of the seed and the
// step, it ends with the same weights, bit for bit, as one that nobody interrupted, on
// the same engine and machine. Checkpoints are put in place in one stroke: a run that is
// killed, or that finds the disk full, loses the steps since the last one and nothing
// else. Two runs in one folder (ErrLocked), another run's folder (ErrOtherRun), and a
// loss that is no number any more or explodes (ErrDiverged) are errors that say what to
// do.
package run

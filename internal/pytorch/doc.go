// Package pytorch holds networks to PyTorch: tests give both sides the same inputs and
// parameters, run one training step on an engine, and compare values, gradients and
// running statistics with a fixture that a script beside it has written.
//
// Inputs and parameters are neither stored nor shared as files: each tensor is drawn by a
// generator that the scripts have too, from the hash of its name, so that networks of any
// size can be compared (Draw, Fill). Gradients of large networks are compared by
// summaries of seven numbers each (Summary). All tensors have PyTorch's names and order
// of axes.
package pytorch

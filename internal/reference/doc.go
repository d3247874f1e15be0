// Package reference holds the formulas of the paper in plain float64 on gonum's mat, with
// gradients derived by hand. It is what the graphs on the engines are held to, and does
// not try to be fast, general or safe from wrong shapes.
//
// Rows are the samples of a batch: [batch, length]. A Backward takes the derivative of a
// loss by the value, and returns those by inputs and parameters, in the same types.
package reference

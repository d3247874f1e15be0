package loss

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Errors that callers may test for with errors.Is.
var (
	ErrShape  = errors.New("shapes do not fit")
	ErrLabel  = errors.New("label is no class")
	ErrValue  = errors.New("not a finite number")
	ErrOption = errors.New("option makes no sense")
)

// argument is a matrix and the name that messages give it.
type argument struct {
	name string
	m    *mat.Dense
}

// checkFinite fails for a matrix that is missing or empty, or holds NaN or an infinity.
func checkFinite(args ...argument) error {
	for _, a := range args {
		if a.m == nil || a.m.IsEmpty() {
			return fmt.Errorf("loss: %w: %s are empty", ErrShape, a.name)
		}
		for i := range a.m.RawMatrix().Rows {
			for j, x := range a.m.RawRowView(i) {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					return fmt.Errorf("loss: %w: %s at (%d, %d): %g", ErrValue, a.name, i, j, x)
				}
			}
		}
	}
	return nil
}

// checkSame is checkFinite for matrices that have to be of one shape.
func checkSame(args ...argument) error {
	if err := checkFinite(args...); err != nil {
		return err
	}
	rows, cols := args[0].m.Dims()
	for _, a := range args[1:] {
		if r, c := a.m.Dims(); r != rows || c != cols {
			return fmt.Errorf("loss: %w: %s are [%d, %d], %s are [%d, %d]", ErrShape, args[0].name, rows, cols, a.name, r, c)
		}
	}
	return nil
}

// checkWidth is checkFinite for matrices that have to have rows of one length.
func checkWidth(args ...argument) error {
	if err := checkFinite(args...); err != nil {
		return err
	}
	_, cols := args[0].m.Dims()
	for _, a := range args[1:] {
		if _, c := a.m.Dims(); c != cols {
			return fmt.Errorf("loss: %w: %s have length %d, %s have length %d", ErrShape, args[0].name, cols, a.name, c)
		}
	}
	return nil
}

// checkLabels fails if there is not one label per row, or if one is not in [0, classes).
func checkLabels(labels []int, batch, classes int) error {
	if len(labels) != batch {
		return fmt.Errorf("loss: %w: %d labels for a batch of %d", ErrShape, len(labels), batch)
	}
	for i, y := range labels {
		if y < 0 || y >= classes {
			return fmt.Errorf("loss: %w: label %d is %d, classes are 0 to %d", ErrLabel, i, y, classes-1)
		}
	}
	return nil
}

// checkAngles fails if there is not one finite angle per row.
func checkAngles(name string, angles []float64, batch int) error {
	if len(angles) != batch {
		return fmt.Errorf("loss: %w: %d %s for a batch of %d", ErrShape, len(angles), name, batch)
	}
	for i, x := range angles {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("loss: %w: %s at %d: %g", ErrValue, name, i, x)
		}
	}
	return nil
}

// checkOption fails unless low <= x <= high.
func checkOption(name string, x, low, high float64) error {
	if !(x >= low && x <= high) {
		return fmt.Errorf("loss: %w: %s is %g, want %g to %g", ErrOption, name, x, low, high)
	}
	return nil
}

// like returns zeros in the shape of m.
func like(m *mat.Dense) *mat.Dense {
	rows, cols := m.Dims()
	return mat.NewDense(rows, cols, nil)
}

package gonum

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

func (f *function) convertPacked(in []*value, to dtypes.DType, err error) (compute.Value, error) {
	return nil, fmt.Errorf("packed: %w", compute.ErrNotImplemented)
}

package weights

import (
	"path"
	"strings"
)

// Names says under which names a file keeps the parameters of a network. The zero value
// is this module's own files: the paths themselves, in this module's layouts.
type Names struct {
	// Torch tells that names have points in place of slashes, and weights PyTorch's
	// layouts.
	Torch bool
	// Prefix stands before every name: "backbone." of a checkpoint that holds the
	// extractor beside a classifier. Tensors without it are then left alone.
	Prefix string
	// Renamed gives the names of parameters that do not follow the rule, by path.
	Renamed map[string]string
	// Ignored are patterns, in the syntax of path.Match, of tensors (without the prefix)
	// that a file may have beside those that are wanted.
	Ignored []string
}

// Own returns the names of files that Save and Write make for this module. It is the zero
// value.
func Own() Names { return Names{} }

// Torch returns the names of the published PyTorch code: IResNet and MobileFaceNet of
// InsightFace's arcface_torch, and the networks of torchvision. The counter of batches
// that PyTorch keeps in each batch normalization is ignored.
func Torch() Names { return Names{Torch: true, Ignored: []string{"*num_batches_tracked"}} }

// HopeNet returns the names of deep-head-pose, whose trunk is torchvision's ResNet-50.
// Its checkpoints also hold a layer that was never used, fc_finetune.
func HopeNet() Names {
	n := Torch()
	n.Ignored = append(n.Ignored, "fc_finetune.*")
	return n
}

// name returns the name in the file for the parameter at a path.
func (n Names) name(at string) string {
	name, ok := n.Renamed[at]
	if !ok {
		name = at
		if n.Torch {
			name = strings.ReplaceAll(at, "/", ".")
		}
	}
	return n.Prefix + name
}

// extra tells whether a tensor that no parameter wants is a fault.
func (n Names) extra(name string) bool {
	rest, ok := strings.CutPrefix(name, n.Prefix)
	if !ok {
		return false
	}
	for _, pattern := range n.Ignored {
		if ok, err := path.Match(pattern, rest); ok || err != nil {
			return err != nil
		}
	}
	return true
}

// shape returns the shape in the file of a parameter of this module's shape.
func (n Names) shape(own []int) []int {
	if n.Torch {
		switch len(own) {
		case 4:
			return []int{own[3], own[2], own[0], own[1]}
		case 2:
			return []int{own[1], own[0]}
		}
	}
	return own
}

// fromFile brings values from the file's layout to this module's, whose shape is own.
func (n Names) fromFile(values []float64, own []int) []float64 {
	if !n.Torch || len(own) != 4 && len(own) != 2 {
		return values
	}
	out := make([]float64, len(values))
	n.pairs(own, func(mine, theirs int) { out[mine] = values[theirs] })
	return out
}

// toFile is the inverse of fromFile.
func (n Names) toFile(values []float64, own []int) []float64 {
	if !n.Torch || len(own) != 4 && len(own) != 2 {
		return values
	}
	out := make([]float64, len(values))
	n.pairs(own, func(mine, theirs int) { out[theirs] = values[mine] })
	return out
}

// pairs calls f with the places of each element in the two layouts: [height, width,
// inputs, outputs] and [outputs, inputs, height, width], or the same without height and
// width.
func (n Names) pairs(own []int, f func(mine, theirs int)) {
	area, in, out := 1, own[len(own)-2], own[len(own)-1]
	if len(own) == 4 {
		area = own[0] * own[1]
	}
	mine := 0
	for p := range area {
		for i := range in {
			for o := range out {
				f(mine, (o*in+i)*area+p)
				mine++
			}
		}
	}
}

package onnxgraph

import (
	"fmt"
	"math"

	"github.com/gomlx/compute-onnx/support/protos"
)

// affine is what batch normalization is in inference: a factor and a summand per channel.
type affine struct{ factor, summand []float64 }

// affineOf reads the statistics of a batch normalization.
func (l *lowering) affineOf(n *protos.NodeProto) (affine, error) {
	var p [4][]float32 // scale, bias, mean, variance
	for i := range p {
		a := l.weight(input(n, i+1))
		if a == nil {
			return affine{}, unsupported("statistics that are not constant")
		}
		if p[i] = a.floats; len(p[i]) != len(p[0]) || len(a.dims) != 1 {
			return affine{}, fmt.Errorf("statistics of different sizes")
		}
	}
	if attrInt(n, "training_mode", 0) != 0 || attrInt(n, "spatial", 1) == 0 {
		return affine{}, unsupported("training_mode or spatial")
	}
	epsilon := float64(attrFloat(n, "epsilon", 1e-5))
	a := affine{factor: make([]float64, len(p[0])), summand: make([]float64, len(p[0]))}
	for c := range a.factor {
		a.factor[c] = float64(p[0][c]) / math.Sqrt(float64(p[3][c])+epsilon)
		a.summand[c] = float64(p[1][c]) - float64(p[2][c])*a.factor[c]
	}
	return a, nil
}

// lowerBatchNorm writes what merge has left over as one product and one sum.
func lowerBatchNorm(l *lowering, n *protos.NodeProto) error {
	a, err := l.affineOf(n)
	if err != nil {
		return err
	}
	rank := l.fact(n.Input[0]).rank
	if rank < 2 {
		return unsupported("a value of unknown rank")
	}
	dims := make([]int, rank)
	for i := range dims {
		dims[i] = 1
	}
	dims[1] = len(a.factor)
	y := l.value("Mul", []string{n.Input[0], l.constant(floatArray(narrow(a.factor), dims...))})
	l.emit(newNode("Add", n.Output[0], []string{y, l.constant(floatArray(narrow(a.summand), dims...))}))
	return nil
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// merge folds batch normalizations into the convolution or product that they alone read.
// What cannot be folded stays as it is.
func (l *lowering) merge(nodes []*protos.NodeProto, uses map[string]int) []*protos.NodeProto {
	at := map[string]int{} // index in out of what makes a value
	out := make([]*protos.NodeProto, 0, len(nodes))
	for _, n := range nodes {
		if n.OpType == "BatchNormalization" && len(n.Input) > 0 && len(n.Output) > 0 {
			if i, ok := at[n.Input[0]]; ok && uses[n.Input[0]] == 1 {
				if merged := l.absorb(out[i], n); merged != nil {
					out[i] = merged
					at[n.Output[0]] = i
					continue
				}
			}
		}
		for _, name := range n.Output {
			at[name] = len(out)
		}
		out = append(out, n)
	}
	return out
}

// absorb returns the convolution or product n with the normalization that follows it in
// its weights, or nil.
func (l *lowering) absorb(n, norm *protos.NodeProto) *protos.NodeProto {
	k := l.weight(input(n, 1))
	conv := n.OpType == "Conv"
	gemm := n.OpType == "Gemm" && attrInt(n, "transB", 0) == 1 && attrFloat(n, "alpha", 1) == 1 && attrFloat(n, "beta", 1) == 1
	if k == nil || !conv && !gemm || !standard(n.Domain) || len(k.dims) < 2 || k.dims[0] == 0 {
		return nil
	}
	a, err := l.affineOf(norm)
	if err != nil || len(a.factor) != k.dims[0] {
		return nil
	}
	bias := make([]float32, k.dims[0])
	if name := input(n, 2); name != "" {
		b := l.weight(name)
		if b == nil || len(b.floats) != k.dims[0] {
			return nil
		}
		copy(bias, b.floats)
	}
	weights, row := make([]float32, len(k.floats)), len(k.floats)/k.dims[0]
	for i, v := range k.floats {
		weights[i] = float32(float64(v) * a.factor[i/row])
	}
	for c, v := range bias {
		bias[c] = float32(float64(v)*a.factor[c] + a.summand[c])
	}
	merged := with(n, []string{n.Input[0], l.constant(floatArray(weights, k.dims...)), l.constant(floatArray(bias, len(bias)))})
	merged.Output = norm.Output[:1]
	return merged
}

package export

import (
	"fmt"
	"math"

	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/internal/dense"
)

// module adds eq. 1 on the value "feature": see head.Module.Forward, of which this is
// the translation.
func (b *builder) module(m *head.Module) error {
	params, err := m.Params()
	if err != nil {
		return err
	}
	w := &moduleWriter{builder: b, cfg: m.Config(), params: params}
	pose := w.pose(b.input(PoseInput, m.PoseLen()))
	x, back := FeatureOutput, ""
	if w.cfg.Scale == head.ScaleNorm {
		x, back = w.spread()
	}
	residual := ""
	for k := 1; k <= w.cfg.Blocks; k++ {
		term, err := w.term(k, x, pose)
		if err != nil {
			return err
		}
		if residual == "" {
			residual = term
		} else {
			residual = w.node("Add", fmt.Sprintf("%s/sum%d", scopeName, k), []string{residual, term})
		}
	}
	if back != "" {
		residual = w.node("Mul", scopeName+"/residual", []string{residual, back})
	}
	w.node("Add", FrontalizedOutput, []string{FeatureOutput, residual})
	b.shapes[FrontalizedOutput] = []int{m.FeatureLen()}
	return nil
}

// scopeName stands before the names of the module's values and weights.
const scopeName = "frontalizer"

type moduleWriter struct {
	*builder
	cfg    head.Config
	params head.Params
}

// param adds a parameter of the module.
func (w *moduleWriter) param(path string) string {
	t := w.params[path]
	return w.weight(scopeName+"/"+path, t.Data, t.Dims...)
}

// pose centers and scales the pose vector by the statistics of the training set.
func (w *moduleWriter) pose(p string) string {
	if w.cfg.RawPose {
		return p
	}
	centered := w.node("Sub", scopeName+"/pose/centred", []string{p, w.param("pose/mean")})
	return w.node("Div", scopeName+"/pose/scaled", []string{centered, w.param("pose/std")})
}

// spread scales the feature to the norm sqrt(d), and returns it with the factor back:
// dense.Spread.
func (w *moduleWriter) spread() (x, back string) {
	d := w.cfg.FeatureLen
	scalar := func(name string, v float64) string { return w.weight(scopeName+"/scale/"+name, []float32{float32(v)}) }
	epsilon := math.Pow(dense.SpreadFactor(0, 1), 2)
	name := func(s string) string { return scopeName + "/scale/" + s }
	square := w.node("Mul", name("square"), []string{FeatureOutput, FeatureOutput})
	sum := w.node("ReduceSum", name("sum"), []string{square, w.integers(name("axes"), 1)}, integer("keepdims", 1))
	sum = w.node("Add", name("safe"), []string{sum, scalar("epsilon", epsilon)})
	back = w.node("Sqrt", name("back"), []string{w.node("Div", name("mean"), []string{sum, scalar("length", float64(d))})})
	return w.node("Div", name("feature"), []string{FeatureOutput, back}), back
}

// linear adds a fully connected layer of the module, whose weights are [inputs, outputs].
func (w *moduleWriter) linear(path, x string) string {
	return w.node("Gemm", scopeName+"/"+path, []string{x, w.param(path + "/weight"), w.param(path + "/bias")})
}

// term adds T_k(f) * P_k(p).
func (w *moduleWriter) term(k int, x, pose string) (string, error) {
	t, p := fmt.Sprintf("t%d", k), fmt.Sprintf("p%d", k)
	hidden := w.node("PRelu", scopeName+"/"+t+"/prelu", []string{w.linear(t+"/fc1", x), w.param(t + "/prelu/weight")})
	change := w.linear(t+"/fc2", hidden)
	gate := w.linear(p+"/fc2", w.node("Relu", scopeName+"/"+p+"/relu", []string{w.linear(p+"/fc1", pose)}))
	switch w.cfg.Gate {
	case head.GateSigmoid:
		gate = w.node("Sigmoid", scopeName+"/"+p+"/gate", []string{gate})
	case head.GateTanh:
		gate = w.node("Tanh", scopeName+"/"+p+"/gate", []string{gate})
	case head.GateNone:
	default:
		return "", fmt.Errorf("no ONNX form for the gate %s", w.cfg.Gate)
	}
	return w.node("Mul", fmt.Sprintf("%s/term%d", scopeName, k), []string{change, gate}), nil
}

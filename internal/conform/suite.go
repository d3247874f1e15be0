package conform

import (
	"slices"
	"testing"
)

// RunAll runs the whole suite on an engine: operations, layers, gradients, executions side by side and over and over,
// and the skip budget. It does not run Compliance, which has to be a test of its own, TestAgainstReference, which needs a
// second engine, nor TestAnyGOMAXPROCS, which not every engine promises to pass.
func RunAll(t *testing.T, e Engine) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Engine)
	}{
		{"SkipBudget", TestSkipBudget},
		{"Unary", TestUnary},
		{"Binary", TestBinary},
		{"Shape", TestShape},
		{"Reduce", TestReduce},
		{"Dot", TestDot},
		{"Conv", TestConv},
		{"Window", TestWindow},
		{"Gather", TestGather},
		{"Convert", TestConvert},
		{"Control", TestControl},
		{"Norm", TestNorm},
		{"Gradient", TestGradients},
		{"Concurrent", TestConcurrent},
		{"NoGrowth", TestNoGrowth},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, e) })
	}
}

// allCases lists every case of the tests on single operations.
func allCases() []testCase {
	return slices.Concat(unaryCases(), binaryCases(), shapeCases(), reduceCases(), argCases(), cumSumCases(), dotCases(), convCases(),
		reduceWindowCases(), selectAndScatterCases(), gatherCases(), scatterCases(), convertCases(), bitcastCases(),
		callCases(), ifCases(), whileCases(), sortCases(), barrierCases(), batchNormCases(), fusedCases())
}

package conform

import (
	"slices"
	"testing"
)

// RunAll runs the whole suite on an engine: RunOperations and TestGradients. It does not
// run Compliance, which has to be a test of its own, TestAgainstReference, which needs a
// second engine, nor TestAnyGOMAXPROCS, which not every engine promises to pass.
func RunAll(t *testing.T, e Engine) {
	RunOperations(t, e)
	t.Run("Gradient", func(t *testing.T) { TestGradients(t, e) })
}

// RunOperations runs what needs no gradients: single operations, executions side by side
// and over and over, and the skip budget. It is the part for engines that are made for
// inference.
func RunOperations(t *testing.T, e Engine) {
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
		{"Dynamic", TestDynamic},
		{"Random", TestRandom},
		{"Execution", TestExecution},
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
		callCases(), ifCases(), whileCases(), sortCases(), barrierCases(), batchNormCases(), fusedCases(), dynamicCases())
}

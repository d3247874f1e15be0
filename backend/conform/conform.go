package conform

import (
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/internal/golden"
)

// Options say what is asked of an engine. The zero value asks for everything.
type Options struct {
	// Name of the engine in messages. The empty name stands for the engine's own.
	Name string

	// Lists is a folder of text files, relative to that of the test: what the engine
	// leaves out (skips.txt, compliance-skips.txt), and what it gets wrong, with the
	// reason (defects.txt, compliance-failures.txt). A file that is not there is an empty
	// list. Run a test with -conform.update to have all but the defects written.
	Lists string

	// Tolerances replace those of this module's engines, by dtype. They are the only
	// ones: no case has a tolerance of its own.
	Tolerances map[dtypes.DType]Tolerance

	// DTypes are those in which outputs and gradients of layers are compared with the
	// float64 reference. Nil stands for float32 and float64.
	DTypes []dtypes.DType

	// Inference leaves gradients at float64 out, for an engine that is not made for them.
	Inference bool

	// AnyGOMAXPROCS asks for the same bits whatever number of processors Go uses. The
	// test must not run beside others then.
	AnyGOMAXPROCS bool
}

// Tolerance is the greatest allowed difference: Abs + Rel*|want|.
type Tolerance struct {
	Abs, Rel float64
}

// Run runs the suite on an engine, as subtests of t: operations and their edges, what is
// left out, executions side by side and over and over, gradients, and the comparison with
// the float64 reference. Compliance is a test of its own.
func Run(t *testing.T, engine compute.Backend, o Options) {
	t.Helper()
	e := newSubject(t, engine, o)
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) { part.test(t, e) })
	}
	if !o.Inference {
		t.Run("Gradient", func(t *testing.T) { testGradients(t, e) })
	}
	if o.AnyGOMAXPROCS {
		t.Run("AnyGOMAXPROCS", func(t *testing.T) { testAnyGOMAXPROCS(t, e) })
	}
	if e.name == golden.Reference {
		return
	}
	t.Run("Reference", func(t *testing.T) { testAgainstReference(t, e, openReference(t), e.compared()...) })
}

// newSubject reads the lists.
func newSubject(t *testing.T, engine compute.Backend, o Options) subject {
	t.Helper()
	if o.Name == "" {
		o.Name = engine.Name()
	}
	lines, err := o.read(defectsFile)
	if err != nil {
		t.Fatal(err)
	}
	defects, err := reasons(defectsFile, lines)
	if err != nil {
		t.Fatal(err)
	}
	return subject{name: o.Name, backend: engine, options: o, defects: defects}
}

// compared are the dtypes for the comparison with the reference.
func (e subject) compared() []dtypes.DType {
	if e.options.DTypes != nil {
		return e.options.DTypes
	}
	return []dtypes.DType{dtypes.Float32, dtypes.Float64}
}

// openReference opens the engine that the others are compared with.
func openReference(t *testing.T) subject {
	t.Helper()
	b, err := gonum.New("float64")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return subject{name: golden.Reference, backend: b}
}

// parts are what needs no gradients.
var parts = []struct {
	name string
	test func(*testing.T, subject)
}{
	{"SkipBudget", testSkipBudget},
	{"Unary", testUnary},
	{"Binary", testBinary},
	{"Shape", testShape},
	{"Reduce", testReduce},
	{"Dot", testDot},
	{"Conv", testConv},
	{"Window", testWindow},
	{"Gather", testGather},
	{"Convert", testConvert},
	{"Control", testControl},
	{"Norm", testNorm},
	{"Dynamic", testDynamic},
	{"Random", testRandom},
	{"Execution", testExecution},
	{"Concurrent", testConcurrent},
	{"NoGrowth", testNoGrowth},
}

// allCases lists every case of the tests on single operations.
func allCases() []testCase {
	return slices.Concat(unaryCases(), binaryCases(), shapeCases(), reduceCases(), argCases(), cumSumCases(), dotCases(), convCases(),
		reduceWindowCases(), selectAndScatterCases(), gatherCases(), scatterCases(), convertCases(), bitcastCases(),
		callCases(), ifCases(), whileCases(), sortCases(), barrierCases(), batchNormCases(), fusedCases(), dynamicCases())
}

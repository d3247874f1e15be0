package conform

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/internal/golden"
)

// Growth that is not a leak: a garbage collector keeps some slack, pools a few idle
// workers.
const (
	growthRuns       = 10_000
	growthGoroutines = 4
	growthBytes      = 1 << 20
)

// small is a computation of a few operations of different kinds, cheap enough to be run
// ten thousand times.
func small() testCase {
	conv := convSpec{name: "small", input: []int{1, 8, 8, 4}, kernel: []int{3, 3, 4, 8}, axes: channelsLast(2), pads: [][2]int{{1, 1}, {1, 1}}}
	c := conv.testCase(dtypes.Float32)
	c.want = nil // it goes on from there
	c.build = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		y, err := conv.build(f, in[0], in[1])
		if err != nil {
			return nil, err
		}
		if y, err = f.Tanh(y); err != nil {
			return nil, err
		}
		return one(f.ReduceSum(y, 1, 2))
	}
	return c
}

// broad is a computation large enough that an engine divides it among its workers: matrix
// multiply, convolution, a long sum, and a scatter with repeated indices.
func broad() testCase {
	conv := convSpec{name: "broad", input: []int{2, 28, 28, 16}, kernel: []int{3, 3, 16, 32}, axes: channelsLast(2), pads: [][2]int{{1, 1}, {1, 1}}}
	c := conv.testCase(dtypes.Float32)
	c.want = nil // it goes on from there
	c.inputs = append(c.inputs, uniform("lhs", dtypes.Float32, 130, 257), uniform("rhs", dtypes.Float32, 257, 190),
		uniform("long", dtypes.Float32, 200_001), golden.New(dtypes.Int32, uniform("ids", dtypes.Uint8, 500).Float64s(), 500, 1),
		uniform("updates", dtypes.Float32, 500, 16), uniform("table", dtypes.Float32, 8, 16))
	c.build = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		y, err := conv.build(f, in[0], in[1])
		if err != nil {
			return nil, err
		}
		mean, err := f.ReduceSum(y, 0, 1, 2)
		if err != nil {
			return nil, err
		}
		product, err := f.DotGeneral(in[2], []int{1}, nil, in[3], []int{0}, nil, compute.DotGeneralConfig{})
		if err != nil {
			return nil, err
		}
		sum, err := f.ReduceSum(in[4])
		if err != nil {
			return nil, err
		}
		table, err := f.ScatterSum(in[7], in[5], in[6], 1, []int{1}, []int{0}, []int{0}, false, false)
		return []compute.Value{y, mean, product, sum, table}, err
	}
	return c
}

// prepared is a compiled case with its operands on the device.
type prepared struct {
	engine subject
	exec   compute.Executable
	inputs []compute.Buffer
}

func (e subject) prepare(t *testing.T, c testCase) prepared {
	t.Helper()
	exec, err := e.compile(c)
	if err != nil {
		t.Fatal(err)
	}
	p := prepared{e, exec, make([]compute.Buffer, len(c.inputs))}
	for i, in := range c.inputs {
		if p.inputs[i], err = e.backend.BufferFromFlatData(0, in.Flat, in.Shape); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		finalize(p.inputs)
		exec.Finalize()
	})
	return p
}

// testNoGrowth checks that ten thousand executions leave no goroutines behind, and no
// memory on Go's heap. Memory that an engine holds outside it is not seen.
func testNoGrowth(t *testing.T, e subject) {
	p := e.prepare(t, small())
	times := func(n int) {
		for range n {
			if _, err := p.engine.run(p.exec, p.inputs); err != nil {
				t.Fatal(err)
			}
		}
	}
	measure := func() (goroutines int, heap uint64) {
		runtime.GC()
		runtime.GC() // what the first one put into the victims of pools
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), m.HeapAlloc
	}
	times(growthRuns / 10) // pools and caches fill
	goroutines, heap := measure()
	times(growthRuns)
	moreGoroutines, moreHeap := measure()
	if moreGoroutines > goroutines+growthGoroutines {
		t.Errorf("%s: %d goroutines after %d executions, %d before", e.name, moreGoroutines, growthRuns, goroutines)
	}
	if moreHeap > heap+growthBytes {
		t.Errorf("%s: heap of %d bytes after %d executions, %d before", e.name, moreHeap, growthRuns, heap)
	}
}

// testConcurrent checks that eight goroutines that run one executable at the same time
// get the bits of a single run.
func testConcurrent(t *testing.T, e subject) {
	p := e.prepare(t, broad())
	want, err := e.run(p.exec, p.inputs)
	if err != nil {
		t.Fatal(err)
	}
	const goroutines, rounds = 8, 5
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for range rounds {
				got, err := e.run(p.exec, p.inputs)
				if err == nil {
					err = sameBits(got, want)
				}
				if err != nil {
					errs[g] = fmt.Errorf("goroutine %d: %w", g, err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

// testAnyGOMAXPROCS checks that results have the same bits for any number of processors.
// It is for engines that promise it: this module's own. It must not run beside other
// tests.
func testAnyGOMAXPROCS(t *testing.T, e subject) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []golden.Tensor
	for _, procs := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(procs)
		p := e.prepare(t, broad()) // compiled anew: the number may be looked at then
		got, err := e.run(p.exec, p.inputs)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if err := sameBits(got, want); err != nil {
			t.Errorf("GOMAXPROCS %d: %v", procs, err)
		}
	}
}

func sameBits(got, want []golden.Tensor) error {
	for i := range want {
		if err := golden.CompareExact(got[i], want[i].Named(fmt.Sprintf("result %d", i))); err != nil {
			return err
		}
	}
	return nil
}

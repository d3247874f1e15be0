package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute-onnx/support/protos"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/onnx-gomlx/onnx/parser"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/pack"
)

func smallNet(t *testing.T) *backbone.Net {
	t.Helper()
	net, err := backbone.IResNet{Blocks: []int{1, 2}, Width: 1.0 / 8, Size: 16, Features: 8}.Net()
	require.NoError(t, err)
	return net
}

func smallMobile(t *testing.T) *backbone.Net {
	t.Helper()
	net, err := backbone.MobileFaceNet{Width: 1.0 / 8, Size: 32, Features: 8}.Net()
	require.NoError(t, err)
	return net
}

// quick runs tasks on pure Go engines without peers, and returns what was printed and the
// JSON.
func quick(t *testing.T, what string, work []*task, engines ...string) (string, Report) {
	t.Helper()
	file := t.TempDir() + "/out.json"
	o := options{what: what, engines: engines, json: file, threads: 2, plan: plan{rounds: 2, calls: 2, limit: time.Millisecond}}
	var out bytes.Buffer
	require.NoError(t, compete(context.Background(), o, work, &out, io.Discard), out.String())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var r Report
	require.NoError(t, json.Unmarshal(text, &r))
	return out.String(), r
}

// checkRows asks for a timed row of every engine in every task.
func checkRows(t *testing.T, r Report, tasks, engines int) {
	t.Helper()
	count := 0
	for _, row := range r.Rows {
		require.Empty(t, row.Missing, "%+v", row)
		require.Positive(t, row.Best)
		require.LessOrEqual(t, row.Best, row.Median)
		require.LessOrEqual(t, row.Diff, tolerance)
		if row.Contestant != gemmName {
			count++
			require.Positive(t, row.Ratio)
		}
	}
	require.Equal(t, tasks*engines, count)
}

func TestResnet(t *testing.T) {
	work, err := resnetTasks([]*backbone.Net{smallNet(t), smallMobile(t)}, []int{1, 3})
	require.NoError(t, err)
	text, r := quick(t, "resnet", work, "go", "gonum")
	checkRows(t, r, 4, 2)
	require.Contains(t, text, "MobileFaceNet batch 3\n")
	require.Contains(t, text, "float32")
}

func TestConv(t *testing.T) {
	work, err := convTasks(smallNet(t), []int{2})
	require.NoError(t, err)
	// Stem; stage 1: downsample, conv1, strided conv2; stage 2: downsample, conv1,
	// strided conv2, and two equal ones of the second block.
	require.Len(t, work, 8)
	require.Equal(t, "4x4x16 -> 16, 3x3 (x2) batch 2", work[7].name)
	require.Equal(t, [3]int{2 * 4 * 4, 16, 9 * 16}, work[7].gemm)
	text, r := quick(t, "conv", work, "go", "gonum")
	checkRows(t, r, 8, 2)
	require.Contains(t, text, "of Gemm")
	for _, row := range r.Rows {
		require.Positive(t, row.OfGemm)
	}
}

func TestOps(t *testing.T) {
	work := opTasks(opSizes{rows: 6, columns: 5, product: 7, batch: 2, side: 6, channels: 3})
	text, r := quick(t, "ops", work, "go", "gonum")
	checkRows(t, r, len(work), 2)
	require.NotContains(t, text, "of Gemm")
}

func TestMissing(t *testing.T) {
	text, r := quick(t, "ops", opTasks(opSizes{rows: 2, columns: 2, product: 2, batch: 1, side: 4, channels: 1})[:1], "go", "abacus")
	require.Len(t, r.Missing, 1)
	require.Contains(t, r.Missing[0], "abacus")
	require.Contains(t, text, "missing: "+r.Missing[0])
	require.Len(t, r.Rows, 1)
	_, _, err := install(context.Background(), "caffe", io.Discard)
	require.ErrorContains(t, err, "unknown peer \"caffe\"")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("LocalAppData", t.TempDir())
	t.Setenv(pack.NoInstallEnv, "1")
	_, err = openPeer(context.Background(), onnxruntimeName, 1, io.Discard)
	require.ErrorContains(t, err, "peer onnxruntime: it is not installed and PIFR_NO_INSTALL forbids that")
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-what", "lunch"}, {"-batch", "0"}, {"-batch", "x"}, {"-rounds", "0"}, {"-nonsense"}} {
		require.ErrorIs(t, run(context.Background(), args, io.Discard, io.Discard), errUsage, "%v", args)
	}
	o, err := parse([]string{"-engines", "gonum, go", "-peers", "none", "-batch", "4"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, []string{"gonum", "go"}, o.engines)
	require.Empty(t, o.peers)
	require.Equal(t, []int{4}, o.batches)
}

func TestTable(t *testing.T) {
	rows := []Row{
		{Task: "net", Contestant: onnxruntimeName, Images: 8, Best: 32.5, Median: 33.6},
		{Task: "net", Contestant: "xla:cpu", Images: 8, Best: 65, Median: 130.2, GFLOPs: 187.3, Diff: 1.5e-6},
		{Task: "net", Contestant: "onnx", Missing: "no library"},
	}
	relate(rows)
	var out bytes.Buffer
	require.NoError(t, writeTable(&out, "net", rows))
	require.Equal(t, strings.Join([]string{
		"net",
		"       engine  best ms  median ms  GFLOP/s  ratio  max diff",
		"  onnxruntime     32.5       33.6        -   1.00   0.0e+00",
		"      xla:cpu     65.0        130      187   2.00   1.5e-06",
		"onnx: no result: no library", "", ""}, "\n"), out.String())
}

func TestReportJSON(t *testing.T) {
	want := Report{Machine: thisMachine(2), What: "conv", DType: "float32", Rounds: 5, Calls: 10, Peers: []string{"onnxruntime 1.32.0"},
		Missing: []string{"x"}, Rows: []Row{{Task: "a", Contestant: "b", Images: 1, Calls: 2, Best: 3, Median: 4, GFLOPs: 5, GBs: 6, Ratio: 7,
			RatioTo: "c", OfGemm: 8, Diff: 9, Missing: "d", Differs: true}}}
	var out bytes.Buffer
	require.NoError(t, writeJSON(&out, want))
	var got Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, want, got)
}

// wrong is a contestant whose output is off.
type wrong struct{}

func (wrong) name() string                                { return "wrong" }
func (w wrong) load(context.Context, *task) (work, error) { return w, nil }
func (wrong) close()                                      {}
func (wrong) run(int, time.Duration) ([]time.Duration, error) {
	return nil, errors.New("must not be timed")
}
func (wrong) output() *array {
	nan := float32(math.NaN())
	return &array{dims: []int{2, 2}, data: []float32{1, 2, 3, nan}}
}

func TestWrongOutputIsNotTimed(t *testing.T) {
	e, err := openEngine(context.Background(), "go")
	require.NoError(t, err)
	defer e.close()
	work := opTasks(opSizes{rows: 2, columns: 2, product: 2, batch: 1, side: 4, channels: 1})[0]
	rows, err := measure(context.Background(), work, []contestant{e, wrong{}}, plan{rounds: 1, calls: 1})
	require.NoError(t, err)
	require.True(t, rows[1].Differs)
	require.Contains(t, rows[1].Missing, "not the same work")
	require.Zero(t, rows[1].Best)
}

func TestPermute(t *testing.T) {
	a := randomArray(1, 2, 3, 4, 5)
	b := permute(a, [4]int{0, 3, 1, 2})
	require.Equal(t, []int{2, 5, 3, 4}, b.dims)
	require.Equal(t, a.data[((1*3+2)*4+3)*5+4], b.data[((1*5+4)*3+2)*4+3])
	require.Equal(t, a.data[((0*3+1)*4+2)*5+3], b.data[((0*5+3)*3+1)*4+2])
	require.Equal(t, a, permute(b, [4]int{0, 2, 3, 1}))
}

// TestONNX parses the models written for peers and runs them on an engine: they must give
// what the network itself gives.
func TestONNX(t *testing.T) {
	e, err := openEngine(context.Background(), "go")
	require.NoError(t, err)
	defer e.close()
	work, err := resnetTasks([]*backbone.Net{smallNet(t), smallMobile(t)}, []int{2})
	require.NoError(t, err)
	for _, w := range append(work, opTasks(opSizes{rows: 6, columns: 5, product: 7, batch: 2, side: 6, channels: 3})...) {
		if w.onnx == nil {
			continue
		}
		loaded, err := e.load(context.Background(), w)
		require.NoError(t, err, w.name)
		m, err := w.onnx()
		require.NoError(t, err, w.name)
		got := w.fromPeer(runONNX(t, e.backend, m, w))
		diff, err := difference(loaded.output(), &got)
		require.NoError(t, err, w.name)
		require.Less(t, diff, 1e-5, w.name)
		loaded.close()
	}
}

// runONNX runs a model through onnx-gomlx, which knows no PRelu.
func runONNX(t *testing.T, b compute.Backend, m *protos.ModelProto, w *task) array {
	t.Helper()
	var nodes []*protos.NodeProto
	for _, n := range m.Graph.Node {
		if n.OpType != "PRelu" {
			nodes = append(nodes, n)
			continue
		}
		step := func(op, out string, in ...string) {
			nodes = append(nodes, &protos.NodeProto{OpType: op, Name: out, Input: in, Output: []string{out}})
		}
		name := n.Output[0]
		step("Relu", name+"/positive", n.Input[0])
		step("Neg", name+"/minus", n.Input[0])
		step("Relu", name+"/negative", name+"/minus")
		step("Mul", name+"/scaled", name+"/negative", n.Input[1])
		step("Sub", name, name+"/positive", name+"/scaled")
	}
	m.Graph.Node = nodes
	bytes, err := proto.Marshal(m)
	require.NoError(t, err)
	parsed, err := parser.Parse(bytes)
	require.NoError(t, err, w.name)
	store := model.NewStore()
	require.NoError(t, parsed.VariablesToScope(store.RootScope()))
	var inputs []any
	for _, in := range w.inputs {
		a := w.toPeer(in)
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(a.data, a.dims...))
	}
	out, err := model.CallOnce(b, store, func(scope *model.Scope, x []*graph.Node) *graph.Node {
		named := map[string]*graph.Node{}
		for i, n := range x {
			named[inputName(i)] = n
		}
		return parsed.CallGraph(scope, x[0].Graph(), named)[0]
	}, inputs...)
	require.NoError(t, err, w.name)
	return array{dims: out.Shape().Dimensions, data: tensors.MustCopyFlatData[float32](out)}
}

// TestPeerProtocol has this test binary play the peer: it answers with the sum of its two
// inputs.
func TestPeerProtocol(t *testing.T) {
	command := exec.Command(os.Args[0], "-test.run=^TestFakePeer$")
	command.Env = append(os.Environ(), "BENCH_FAKE_PEER=1")
	p, err := startPeer("fake", 3, os.Stderr, command)
	require.NoError(t, err)
	defer p.close()
	e, err := openEngine(context.Background(), "go")
	require.NoError(t, err)
	defer e.close()
	work := opTasks(opSizes{rows: 3, columns: 2, product: 2, batch: 1, side: 4, channels: 1})
	rows, err := measure(context.Background(), work[0], []contestant{p, e}, plan{rounds: 2, calls: 3, limit: time.Second})
	require.NoError(t, err)
	require.Equal(t, "3 threads", p.version)
	require.Empty(t, rows[0].Missing+rows[1].Missing)
	require.Equal(t, 6, rows[0].Calls)
	require.InDelta(t, 1.5, rows[0].Best, 1e-9)
	require.Equal(t, "fake", rows[1].RatioTo)

	rows, err = measure(context.Background(), work[2], []contestant{p, e}, plan{rounds: 1, calls: 1})
	require.NoError(t, err)
	require.Equal(t, "peer fake: one input only", rows[0].Missing)
	require.Positive(t, rows[1].Best)
}

func TestFakePeer(t *testing.T) {
	if os.Getenv("BENCH_FAKE_PEER") == "" {
		return // a helper of TestPeerProtocol, and no test by itself
	}
	answerTo := func(line []byte) answer {
		var load loadRequest
		var run runRequest
		require.NoError(t, json.Unmarshal(line, &load))
		require.NoError(t, json.Unmarshal(line, &run))
		if load.Load == "" {
			return answer{Millis: []float64{2, 1.5, 3}[:run.Run]}
		}
		if len(load.Inputs) != 2 {
			return answer{Error: "one input only"}
		}
		a, err := readArray(load.Inputs[0].Path, load.Inputs[0].Shape)
		require.NoError(t, err)
		b, err := readArray(load.Inputs[1].Path, load.Inputs[1].Shape)
		require.NoError(t, err)
		for i := range a.data {
			a.data[i] += b.data[i]
		}
		require.NoError(t, os.WriteFile(load.Output, floatBytes(a.data), 0o600))
		return answer{Version: string(rune('0'+load.Threads)) + " threads", Shape: a.dims}
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		line, err := json.Marshal(answerTo(in.Bytes()))
		require.NoError(t, err)
		os.Stdout.Write(append(line, '\n'))
	}
	os.Exit(0)
}

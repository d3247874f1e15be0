package conv

import (
	"sync/atomic"

	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
)

// Weights is a kernel in the order that its plan reads. It is immutable, and may be used
// by several runs at once.
type Weights[T matmul.Float] struct {
	packed []matmul.Packed[T]
	plain  []T // of a depthwise plan: [taps, channels]
}

// Run sets out to the convolution of in with kernel. out must not overlap the others.
//
// after, which may be nil, is called for parts [lo, hi) of out that are done, each element
// once, by the goroutine that did the last of it, possibly at the same time as others. Only
// a plan that is Tiled calls it.
func (p *Plan[T]) Run(run matmul.Parallel, out, in, kernel []T, after func(lo, hi int)) {
	p.run(run, out, in, kernel, nil, after)
}

// RunWith is Run with weights that were packed before.
func (p *Plan[T]) RunWith(run matmul.Parallel, out, in []T, w *Weights[T], after func(lo, hi int)) {
	p.run(run, out, in, nil, w, after)
}

// Pack lays out a kernel once, for use by many runs.
func (p *Plan[T]) Pack(run matmul.Parallel, kernel []T) *Weights[T] {
	j := p.job()
	defer p.release(j)
	w := &Weights[T]{}
	j.pack(run, kernel, make([]T, p.weightsLen), w)
	return w
}

// job is a run under way. Its method values are made once and kept with it, so that
// steady work allocates nothing.
type job[T matmul.Float] struct {
	plan              *Plan[T]
	out, in           []T // in the order of the kernels
	result, operand   []T // in the order of the caller
	narrow            []T // the input before it is spread
	kernel            []T
	own               Weights[T]
	weights           *Weights[T]
	turnIn, turnOut   func(int)
	packPiece, tile   func(int)
	channelRows, zero func(int)
	patches           func(int)
	spreadPiece       func(int)
	after             func(lo, hi int)
	left              []atomic.Int32 // columns that are to come, of each block of rows
}

func (p *Plan[T]) job() *job[T] {
	if j, ok := p.jobs.Get().(*job[T]); ok {
		return j
	}
	j := &job[T]{plan: p}
	j.turnIn = func(i int) { do(p.input, j.in, j.operand, i) }
	j.turnOut = func(i int) { do(p.output, j.result, j.out, i) }
	j.packPiece, j.tile, j.channelRows, j.spreadPiece = j.packOne, j.product, j.depthwiseRows, j.spread
	j.patches = j.winogradTile
	j.zero = func(i int) { clear(j.out[i*taskLen : min(len(j.out), (i+1)*taskLen)]) }
	return j
}

// release forgets the operands, and keeps the job.
func (p *Plan[T]) release(j *job[T]) {
	j.out, j.in, j.narrow, j.result, j.operand, j.kernel, j.weights, j.after = nil, nil, nil, nil, nil, nil, nil, nil
	clear(j.own.packed)
	j.own.plain = nil
	p.jobs.Put(j)
}

func (p *Plan[T]) run(run matmul.Parallel, out, in, kernel []T, w *Weights[T], after func(lo, hi int)) {
	if p.outputLen == 0 {
		return
	}
	j := p.job()
	defer p.release(j)
	j.countDown(after)
	j.result, j.operand = out[:p.outputLen], in[:p.inputLen]
	j.out, j.in = j.result, j.operand
	turnedIn, spreadIn := j.read(run)
	var turnedOut, packed *matmul.Buffer[T]
	if p.output != nil {
		turnedOut = p.buffers.Get(p.outputLen)
		j.out = turnedOut.Data
	}
	if p.holes {
		runEach(run, (p.outputLen+taskLen-1)/taskLen, j.zero)
	}
	if w == nil && p.weightsLen > 0 {
		packed = p.buffers.Get(p.weightsLen)
		w = &j.own
		j.pack(run, kernel, packed.Data, w)
	}
	j.weights = w
	switch {
	case p.depthwise:
		runEach(run, len(p.tasks), j.channelRows)
	case p.winograd != nil:
		runEach(run, len(p.tasks), j.patches)
	default:
		runEach(run, len(p.tasks), j.tile)
	}
	if p.output != nil {
		runEach(run, p.output.tasks(), j.turnOut)
	}
	p.buffers.Put(turnedIn)
	p.buffers.Put(spreadIn)
	p.buffers.Put(turnedOut)
	p.buffers.Put(packed)
}

// read brings the input into the order of the kernels, in memory to be given back.
func (j *job[T]) read(run matmul.Parallel) (turned, spread *matmul.Buffer[T]) {
	p := j.plan
	if p.input != nil {
		turned = p.buffers.Get(p.inputLen)
		j.in = turned.Data
		runEach(run, p.input.tasks(), j.turnIn)
	}
	if p.fan > 1 {
		spread = p.buffers.Get(p.spreadLen())
		j.narrow, j.in = j.in, spread.Data
		runEach(run, p.spreadTasks(), j.spreadPiece)
	}
	return turned, spread
}

func runEach(run matmul.Parallel, n int, fn func(int)) {
	if run == nil || n <= 1 {
		for i := range n {
			fn(i)
		}
		return
	}
	run(n, fn)
}

// pack lays out the kernel in memory of weightsLen elements.
func (j *job[T]) pack(run matmul.Parallel, kernel, memory []T, w *Weights[T]) {
	p := j.plan
	j.kernel, j.weights = kernel[:p.kernelLen], w
	if p.depthwise {
		w.plain = memory
		j.packDepthwise()
		return
	}
	if p.winograd != nil {
		j.packWinograd(run, memory)
		return
	}
	w.packed = w.packed[:0]
	for _, part := range p.weights {
		w.packed = append(w.packed, matmul.NewPacked(memory[part.at:part.at+part.len], p.phases[part.phase].depth, p.outChannels/p.groups))
	}
	runEach(run, len(p.packs), j.packPiece)
}

// packOne lays out one piece of the kernel of one group and phase.
func (j *job[T]) packOne(i int) {
	p := j.plan
	t := p.packs[i]
	part := p.weights[t.part]
	j.weights.packed[t.part].PackPiece(t.piece, matmul.Source[T]{
		Data: j.kernel[part.group*(p.outChannels/p.groups)*p.kernelOutputStep:], Offsets: p.phases[part.phase].offsets,
		Inner: p.kernelChannels, RowStride: p.kernelChannelStep, ColStride: p.kernelOutputStep,
	})
}

// product computes one tile of the output.
func (j *job[T]) product(i int) {
	p, t := j.plan, &j.plan.tasks[i]
	part := p.weights[t.part]
	ph, packed := &p.phases[part.phase], &j.weights.packed[t.part]
	column := part.group*(p.outChannels/p.groups) + t.j0
	c, ldc := j.out, t.j1-t.j0
	var rows, result *matmul.Buffer[T]
	if p.inPlace {
		ldc = p.outChannels
		c = c[t.row*ldc+column:]
	} else {
		result = p.buffers.Get(t.rows * ldc)
		c = result.Data
	}
	if !p.plain {
		rows = p.buffers.Get(t.rows * packed.Depth())
	}
	for kb := range packed.Blocks() {
		first, depth := packed.Block(kb)
		if p.plain {
			packed.MulBlock(c, ldc, j.in[p.groupOffset(0, part.group)+t.row*p.inChannels+first:], p.inChannels, t.rows, kb, t.j0, t.j1, kb > 0)
			continue
		}
		p.gather(rows.Data, j.in, ph, part.group, t.row, t.rows, first, first+depth)
		packed.MulBlock(c, ldc, rows.Data, depth, t.rows, kb, t.j0, t.j1, kb > 0)
	}
	if !p.inPlace {
		p.scatter(j.out[column:], c, ph, t.row, t.rows, ldc)
	}
	p.buffers.Put(rows)
	p.buffers.Put(result)
	if j.after != nil {
		j.finished(t, t.row*p.outChannels, (t.row+t.rows)*p.outChannels)
	}
}

// countDown gets ready to call after.
func (j *job[T]) countDown(after func(lo, hi int)) {
	j.after = after
	if after == nil || j.plan.depthwise {
		return
	}
	if j.left == nil {
		j.left = make([]atomic.Int32, (len(j.plan.tasks)+j.plan.columnTasks-1)/j.plan.columnTasks)
	}
	for i := range j.left {
		j.left[i].Store(int32(j.plan.columnTasks))
	}
}

// finished calls after for the output [lo, hi) of a task's rows, if it was the last one of
// them.
func (j *job[T]) finished(t *task, lo, hi int) {
	if j.left[t.row/j.plan.taskRows].Add(-1) == 0 {
		j.after(lo, hi)
	}
}

// scatter copies the rows of a tile to their places in the output.
func (p *Plan[T]) scatter(out, c []T, ph *phase, row, rows, width int) {
	perImage := len(ph.outerOut) * ph.inners
	for i := range rows {
		r := row + i
		at := r/perImage*p.outBatchStep + ph.outerOut[r%perImage/ph.inners] + r%ph.inners*ph.outInner
		copy(out[at:at+width], c[i*width:(i+1)*width])
	}
}

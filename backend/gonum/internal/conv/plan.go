package conv

import (
	"sync"

	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
)

// Plan computes one convolution, as often as wanted. It is safe for concurrent use: what
// a run needs beside its operands is borrowed from the plan.
type Plan[T matmul.Float] struct {
	layout
	phases []phase
	holes  bool // some outputs meet no tap: they are cleared first

	input, output *permutation // to [batch, outer, inner, channels] and back, or nil
	depthwise     bool
	// fan is the number of channels in a group where groups are so small that they are
	// summed by the depthwise loops, else
	// 1. The input is then spread first: see fan.go.
	fan      int
	plain    bool      // rows of A are rows of the input: no copy
	inPlace  bool      // rows of C are rows of the output
	winograd *winograd // the 3x3 convolution is computed that way, or nil

	weights    []weightPart
	weightsLen int
	packs      []packTask
	tasks      []task
	// taskRows is the number of rows of a product's task, and columnTasks how many tasks
	// share these rows.
	taskRows, columnTasks int

	buffers *matmul.Buffers[T]
	jobs    sync.Pool
	lists   sync.Pool // of *tapList
}

// weightPart is the kernel of one group and phase, and where its packed form lies.
type weightPart struct {
	group, phase int
	at, len      int
}

// packTask is one piece of packing.
type packTask struct{ part, piece int }

// task is a tile of the output: rows [row, row+rows) of a phase, columns [j0, j1) of a
// group.
type task struct {
	part      int // index in weights
	row, rows int
	j0, j1    int
}

// NewPlan plans a convolution. It fails if the geometry is not one.
func NewPlan[T matmul.Float](g Geometry) (*Plan[T], error) {
	l, err := g.layout()
	if err != nil {
		return nil, err
	}
	p := &Plan[T]{layout: l, buffers: &matmul.Buffers[T]{}}
	p.orderAxes(g)
	p.fanOut()
	p.phases = p.layout.phases()
	for _, ph := range p.phases {
		p.holes = p.holes || ph.depth == 0
	}
	if p.inputLen == 0 || p.kernelLen == 0 {
		p.holes, p.phases = true, nil
	}
	p.depthwise = p.channelGroups > 1 && p.kernelChannels == p.fan
	if p.outputLen == 0 || len(p.phases) == 0 {
		return p, nil
	}
	p.plain = len(p.phases) == 1 && p.readsRows(&p.phases[0])
	p.inPlace = len(p.phases) == 1 && p.writesRows(&p.phases[0])
	switch {
	case p.depthwise:
		p.planDepthwise()
	case g.Fixed && p.planWinograd():
	default:
		p.planProducts()
	}
	return p, nil
}

// Tiled tells whether runs say which parts of the output are done: where tasks write rows
// of it in place.
func (p *Plan[T]) Tiled() bool {
	return len(p.tasks) > 0 && p.inPlace && p.output == nil && (p.depthwise || p.groups == 1)
}

// Share makes the plan borrow memory from b rather than from a store of its own, so that
// plans that run one after the other use the same memory, which is then in the cache too.
// It must be called before the first run.
func (p *Plan[T]) Share(b *matmul.Buffers[T]) { p.buffers = b }

// orderAxes decides which operands must be transposed first, and gives the layout the
// steps that the kernels will see.
func (p *Plan[T]) orderAxes(g Geometry) {
	last := &p.spatial[len(p.spatial)-1]
	// Short channels far apart would make every copy short: neighbors along the inner
	// axis are brought together.
	scattered := p.inChannels < 16 && last.kernel > 1 && last.inStep != p.inChannels
	if (p.inChannelStep != 1 && p.inChannels > 1) || scattered {
		dims, src := p.canonical(func(a axis) (int, int) { return a.in, a.inStep }, p.inBatch, p.inBatchStep, p.inChannels, p.inChannelStep)
		p.input = newPermutation(dims, src)
		s := steps(dims)
		p.inBatchStep, p.inChannelStep = s[0], 1
		for i := range p.spatial {
			p.spatial[i].inStep = s[i+1]
		}
	}
	if p.outChannelStep != 1 && p.outChannels > 1 {
		dims, _ := p.canonical(func(a axis) (int, int) { return a.out, a.outStep }, p.outBatch, p.outBatchStep, p.outChannels, p.outChannelStep)
		s := steps(dims)
		from := make([]int, len(dims))
		from[g.Axes.OutputBatch], from[g.Axes.OutputChannels] = s[0], 1
		p.outBatchStep, p.outChannelStep = s[0], 1
		for i, a := range g.Axes.OutputSpatial {
			from[a] = s[i+1]
			p.spatial[i].outStep = s[i+1]
		}
		p.output = newPermutation(g.Output, from)
	}
}

// canonical returns dims and steps of an operand in the order [batch, spatial, channels].
func (p *Plan[T]) canonical(of func(axis) (dim, step int), batch, batchStep, channels, channelStep int) (dims, src []int) {
	dims, src = []int{batch}, []int{batchStep}
	for _, a := range p.spatial {
		d, s := of(a)
		dims, src = append(dims, d), append(src, s)
	}
	return append(dims, channels), append(src, channelStep)
}

// readsRows tells whether row r of A is the input from r*inChannels on.
func (p *Plan[T]) readsRows(ph *phase) bool {
	w := p.inChannels
	inner := p.spatial[len(p.spatial)-1]
	if len(ph.offsets) != 1 || ph.innerAt[0] != 0 || inner.inStep != w && ph.inners > 1 || ph.innerStep != 1 && ph.inners > 1 {
		return false
	}
	for o, at := range ph.outerIn {
		if int(at) != o*ph.inners*w {
			return false
		}
	}
	return p.inBatchStep == len(ph.outerIn)*ph.inners*w || p.inBatch == 1
}

// writesRows tells whether row r of C is the output from r*outChannels on.
func (p *Plan[T]) writesRows(ph *phase) bool {
	w := p.outChannels
	for o, at := range ph.outerOut {
		if at != o*ph.inners*w {
			return false
		}
	}
	return (ph.outInner == w || ph.inners == 1) && (p.outBatchStep == len(ph.outerOut)*ph.inners*w || p.outBatch == 1)
}

// rows is the number of rows of the product of a phase: its outputs in all images.
func (p *Plan[T]) rows(ph *phase) int { return p.outBatch * len(ph.outerOut) * ph.inners }

// tasksWanted is how many tasks a run is cut into at least, if its shape allows. It is a
// constant, so that results do not depend on the number of cores.
const tasksWanted = 16

// splitColumns returns how many columns a task gets where there are so many tasks along the
// rows.
func (p *Plan[T]) splitColumns(rowTasks, cols int) int {
	strips := (cols + matmul.Strip - 1) / matmul.Strip
	want := max(1, min(strips, (tasksWanted+rowTasks-1)/max(rowTasks, 1)))
	return (strips + want - 1) / want * matmul.Strip
}

// planProducts plans the matrix products.
func (p *Plan[T]) planProducts() {
	taskRows := matmul.TaskRows()
	p.taskRows = taskRows
	cols := p.outChannels / p.groups
	rowTasks := 0
	for i := range p.phases {
		rowTasks += (p.rows(&p.phases[i]) + taskRows - 1) / taskRows * p.groups
	}
	tile := p.splitColumns(rowTasks, cols)
	p.columnTasks = (cols + tile - 1) / tile
	for g := range p.groups {
		for i := range p.phases {
			ph := &p.phases[i]
			if ph.depth == 0 {
				continue
			}
			w := weightPart{group: g, phase: i, at: p.weightsLen, len: matmul.PackedLen[T](ph.depth, cols)}
			p.weightsLen += w.len
			packed := matmul.NewPacked[T](nil, ph.depth, cols)
			for piece := range packed.Pieces() {
				p.packs = append(p.packs, packTask{part: len(p.weights), piece: piece})
			}
			rows := p.rows(ph)
			for row := 0; row < rows; row += taskRows {
				for j := 0; j < cols; j += tile {
					p.tasks = append(p.tasks, task{part: len(p.weights), row: row, rows: min(taskRows, rows-row), j0: j, j1: min(cols, j+tile)})
				}
			}
			p.weights = append(p.weights, w)
		}
	}
}

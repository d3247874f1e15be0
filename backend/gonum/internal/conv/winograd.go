package conv

import (
	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
	"github.com/pifr-go/pifr/internal/simd"
)

// winograd computes a 3x3 convolution of stride 1 by Winograd's F(2x2, 3x3) (Lavin and
// Gray, arXiv 1509.09308): 16 products for four outputs in place of 36. Patches of 4x4
// inputs, two apart, are transformed to 16 values for each channel; value p of all patches
// is multiplied by a matrix [channels, outputs] of its own; and the 16 sums of a patch are
// transformed to 2x2 outputs.
//
// Its rounding is like that of plain sums: the transforms of inputs and outputs only add.
// An infinite input makes NaN of all four outputs of a patch.
type winograd struct {
	tileRows, tileCols int // patches of one image
	blockRows          int // rows of patches of one task, in all images counted through
	blocks             int
	strip              int // columns of a task
}

const (
	winogradValues = 16
	// winogradTiles is about how many patches a task has: their values fit the second cache
	// beside a part of the weights.
	winogradTiles = 56
	// leastWinogradTiles is how many patches an image must have for the larger weights to
	// pay. Images alone count: what comes of one must not depend on how many there are.
	leastWinogradTiles = 16
)

// planWinograd plans the convolution that way if it can be computed so.
func (p *Plan[T]) planWinograd() bool {
	l := simd.Best()
	cols := p.outChannels
	if len(p.spatial) != 2 || p.groups != 1 || !p.inPlace || p.inChannelStep != 1 && p.inChannels > 1 ||
		!simd.HasWinograd[T](l, p.inChannels) || !simd.HasWinograd[T](l, cols) {
		return false
	}
	for _, a := range p.spatial {
		if a.kernel != 3 || a.stride != 1 || a.inDilation != 1 || a.kernDilation != 1 {
			return false
		}
	}
	w := &winograd{tileRows: (p.spatial[0].out + 1) / 2, tileCols: (p.spatial[1].out + 1) / 2}
	rows := p.outBatch * w.tileRows
	if w.tileRows*w.tileCols < leastWinogradTiles || w.tileCols > 2*winogradTiles {
		return false
	}
	w.blockRows = max(1, min(rows, winogradTiles/w.tileCols))
	w.blocks = (rows + w.blockRows - 1) / w.blockRows
	w.strip = p.splitColumns(w.blocks, cols)
	p.columnTasks = (cols + w.strip - 1) / w.strip
	for b := range w.blocks {
		for j := 0; j < cols; j += w.strip {
			p.tasks = append(p.tasks, task{row: b * w.blockRows, rows: min(w.blockRows, rows-b*w.blockRows), j0: j, j1: min(cols, j+w.strip)})
		}
	}
	p.taskRows, p.winograd = w.blockRows, w
	p.weightsLen = winogradValues * matmul.PackedLen[T](p.inChannels, cols)
	return true
}

// packWinograd transforms the kernel to 16 matrices, G g G' with
// G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1], and lays them out.
func (j *job[T]) packWinograd(run matmul.Parallel, memory []T) {
	p := j.plan
	rows, cols := p.inChannels, p.outChannels
	each := matmul.PackedLen[T](rows, cols)
	plain := p.buffers.Get(winogradValues * rows * cols)
	eachRow := func(c int) {
		var g [9]float64
		for o := range cols {
			for k, at := range p.phases[0].offsets {
				g[k] = float64(j.kernel[at+c*p.kernelChannelStep+o*p.kernelOutputStep])
			}
			for v, x := range kernelValues(g) {
				plain.Data[(v*rows+c)*cols+o] = T(x)
			}
		}
	}
	runEach(run, rows, eachRow)
	j.weights.packed = j.weights.packed[:0]
	for v := range winogradValues {
		j.weights.packed = append(j.weights.packed, matmul.NewPacked(memory[v*each:(v+1)*each], rows, cols))
	}
	runEach(run, winogradValues, func(v int) {
		from := matmul.Source[T]{Data: plain.Data[v*rows*cols:], Offsets: []int{0}, Inner: rows, RowStride: cols, ColStride: 1}
		for piece := range j.weights.packed[v].Pieces() {
			j.weights.packed[v].PackPiece(piece, from)
		}
	})
	p.buffers.Put(plain)
}

// kernelValues is G g G' of a 3x3 kernel.
func kernelValues(g [9]float64) (u [winogradValues]float64) {
	var half [4][3]float64 // G g
	for x := range 3 {
		a, b, c := g[x], g[3+x], g[6+x]
		half[0][x], half[1][x], half[2][x], half[3][x] = a, (a+b+c)/2, (a-b+c)/2, c
	}
	for y, row := range half {
		a, b, c := row[0], row[1], row[2]
		u[4*y], u[4*y+1], u[4*y+2], u[4*y+3] = a, (a+b+c)/2, (a-b+c)/2, c
	}
	return u
}

// winogradTile computes some rows of patches, some columns.
func (j *job[T]) winogradTile(i int) {
	p, t := j.plan, &j.plan.tasks[i]
	w := p.winograd
	tiles, width := t.rows*w.tileCols, t.j1-t.j0
	values := p.buffers.Get(winogradValues * tiles * p.inChannels)
	sums := p.buffers.Get(winogradValues * tiles * width)
	patch := p.buffers.Get(winogradValues * max(p.inChannels, width))
	for r := range t.rows {
		j.readPatches(values.Data[r*w.tileCols*p.inChannels:], patch.Data, t.row+r, tiles*p.inChannels)
	}
	for v := range winogradValues {
		packed := &j.weights.packed[v]
		for kb := range packed.Blocks() {
			first, _ := packed.Block(kb)
			packed.MulBlock(sums.Data[v*tiles*width:], width, values.Data[v*tiles*p.inChannels+first:], p.inChannels, tiles, kb, t.j0, t.j1, kb > 0)
		}
	}
	for r := range t.rows {
		j.writePatches(sums.Data[r*w.tileCols*width:], patch.Data, t.row+r, t, tiles*width)
	}
	p.buffers.Put(values)
	p.buffers.Put(sums)
	p.buffers.Put(patch)
	if j.after != nil {
		j.finished(t, p.patchRow(t.row), p.patchRow(t.row+t.rows))
	}
}

// patchRow returns where the outputs of a row of patches begin.
func (p *Plan[T]) patchRow(row int) int {
	b, y := row/p.winograd.tileRows, 2*(row%p.winograd.tileRows)
	return b*p.outBatchStep + y*p.spatial[0].outStep
}

// readPatches transforms one row of patches. Value v of patch i goes to
// values[v*plane+i*channels]; patch is memory for one that reads padding.
func (j *job[T]) readPatches(values, patch []T, row, plane int) {
	p := j.plan
	h, w := &p.spatial[0], &p.spatial[1]
	b, y := row/p.winograd.tileRows, 2*(row%p.winograd.tileRows)-h.pad
	in := j.in[b*p.inBatchStep:]
	s := simd.Patches[T]{InRow: h.inStep, InCol: w.inStep, OutRow: 4 * plane, OutCol: plane, InNext: 2 * w.inStep, OutNext: p.inChannels, Channels: p.inChannels}
	for i, n := 0, 1; i < p.winograd.tileCols; i += n {
		x := 2*i - w.pad
		s.Out = values[i*p.inChannels:]
		if n = 0; y >= 0 && y+4 <= h.in && x >= 0 {
			n = min(p.winograd.tileCols-i, (w.in-x)/2-1) // patches that end inside
		}
		if n > 0 {
			s.In, s.Count = in[y*h.inStep+x*w.inStep:], n
			s.Forward(simd.Best())
			continue
		}
		n = 1
		p.copyPatch(patch, in, y, x)
		edge := s
		edge.In, edge.InRow, edge.InCol, edge.Count = patch, 4*p.inChannels, p.inChannels, 1
		edge.Forward(simd.Best())
	}
}

// copyPatch copies the patch at (y, x), with zeros for what lies outside.
func (p *Plan[T]) copyPatch(dst, in []T, y, x int) {
	h, w := &p.spatial[0], &p.spatial[1]
	for r := range 4 {
		for c := range 4 {
			to := dst[(4*r+c)*p.inChannels:][:p.inChannels]
			if y+r < 0 || y+r >= h.in || x+c < 0 || x+c >= w.in {
				clear(to)
				continue
			}
			copy(to, in[(y+r)*h.inStep+(x+c)*w.inStep:])
		}
	}
}

// writePatches transforms the sums of one row of patches to outputs. Sum v of patch i lies
// at sums[v*plane+i*width]; patch is memory for one that reaches beyond the output.
func (j *job[T]) writePatches(sums, patch []T, row int, t *task, plane int) {
	p := j.plan
	h, w := &p.spatial[0], &p.spatial[1]
	width, y := t.j1-t.j0, 2*(row%p.winograd.tileRows)
	out := j.out[p.patchRow(row)+t.j0:]
	s := simd.Patches[T]{In: sums, Out: out, InRow: 4 * plane, InCol: plane, OutRow: h.outStep, OutCol: w.outStep, InNext: width, OutNext: 2 * w.outStep, Channels: width}
	whole := 0
	if y+2 <= h.out {
		whole = w.out / 2
	}
	s.Count = whole
	s.Backward(simd.Best())
	for i := whole; i < p.winograd.tileCols; i++ {
		edge := s
		edge.In, edge.Out, edge.OutRow, edge.OutCol, edge.Count = sums[i*width:], patch, 2*width, width, 1
		edge.Backward(simd.Best())
		for r := range min(2, h.out-y) {
			for c := range min(2, w.out-2*i) {
				copy(out[r*h.outStep+(2*i+c)*w.outStep:][:width], patch[(2*r+c)*width:])
			}
		}
	}
}

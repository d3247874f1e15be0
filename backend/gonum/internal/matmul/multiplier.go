package matmul

import "sync"

// Multiplier multiplies matrices, and keeps the memory that it needs for that between
// calls. The zero value is ready. It is safe for concurrent use.
type Multiplier[T Float] struct {
	buffers Buffers[T]
	jobs    sync.Pool
}

// Memory returns the store that the multiplier borrows memory from, for others to share.
func (x *Multiplier[T]) Memory() *Buffers[T] { return &x.buffers }

// thinRows is the number of rows of C up to which laying out B costs more than it saves.
const thinRows = 7

// tasksWanted is how many tasks a large product is cut into, if its shape allows: enough
// to keep any reasonable number of cores busy, and a constant, so that results do not
// depend on the machine.
const tasksWanted = 16

// Mul sets C [m, n] to A [m, k] times B [k, n], or adds the product to it. C is row-major
// with rows ldc apart. C must not overlap A or B.
func (x *Multiplier[T]) Mul(run Parallel, c []T, ldc int, a, b Matrix[T], m, n, k int, accumulate bool) {
	switch {
	case m == 0 || n == 0:
		return
	case k == 0:
		if !accumulate {
			for i := range m {
				clear(c[i*ldc : i*ldc+n])
			}
		}
		return
	}
	if m*n*k <= tinyProducts {
		tiny(c, ldc, a, b, m, n, k, accumulate)
		return
	}
	j := x.job()
	defer x.release(j)
	j.c, j.ldc, j.a, j.b = c, ldc, a, b
	j.m, j.n, j.k, j.accumulate = m, n, k, accumulate
	switch {
	case n == 1 && ldc == 1 && a.Trans:
		// C is a vector: the product of one row with A's memory as it lies.
		j.a, j.b, j.m, j.n, j.ldc = b.transposed(), a.transposed(), 1, m, m
		j.mulThin(run)
	case m <= thinRows && !b.Trans:
		j.mulThin(run)
	case direct() && !a.Trans && b.Trans, m <= thinRows && !a.Trans:
		j.mulDirect(run)
	default:
		j.mulPacked(run)
	}
}

// MulPacked is Mul for a matrix B that was packed before.
func (x *Multiplier[T]) MulPacked(run Parallel, c []T, ldc int, a Matrix[T], b *Packed[T], m int, accumulate bool) {
	if m == 0 || b.cols == 0 || b.rows == 0 {
		x.Mul(run, c, ldc, a, Matrix[T]{}, m, b.cols, b.rows, accumulate)
		return
	}
	j := x.job()
	defer x.release(j)
	j.c, j.ldc, j.a, j.packed = c, ldc, a, *b
	j.m, j.n, j.k, j.accumulate = m, b.cols, b.rows, accumulate
	j.multiply(run)
}

// Pack lays out a [rows, cols] matrix in memory of PackedLen elements.
func (x *Multiplier[T]) Pack(run Parallel, memory []T, b Source[T], rows, cols int) Packed[T] {
	j := x.job()
	defer x.release(j)
	j.packed = NewPacked(memory, rows, cols)
	if rows == 0 || cols == 0 {
		return j.packed
	}
	j.source = b
	run.each(j.packed.Pieces(), j.pack)
	return j.packed
}

// PackMatrix is Pack for a plain matrix.
func (x *Multiplier[T]) PackMatrix(run Parallel, memory []T, b Matrix[T], rows, cols int) Packed[T] {
	row, col := b.strides()
	return x.Pack(run, memory, Source[T]{Data: b.Data, Offsets: zeroOffset[:], Inner: max(rows, 1), RowStride: row, ColStride: col}, rows, cols)
}

var zeroOffset = [1]int{}

// job is a product under way. Its method values are made once and kept with it, so that
// steady work allocates nothing.
type job[T Float] struct {
	owner      *Multiplier[T]
	c          []T
	ldc        int
	a, b       Matrix[T]
	packed     Packed[T]
	source     Source[T]
	m, n, k    int
	accumulate bool

	rowTile, colTile     int // the part of C of one task
	rowTiles, colTiles   int
	splits, blocksPer    int // parts of k that are summed on their own, and how many blocks each has
	partial              []T // [splits-1, m, n]: the sums of all parts but the first
	pack, thin, nt, task func(int)
	reduce               func(int)
}

func (x *Multiplier[T]) job() *job[T] {
	if j, ok := x.jobs.Get().(*job[T]); ok {
		return j
	}
	j := &job[T]{owner: x}
	j.pack = func(i int) { j.packed.PackPiece(i, j.source) }
	j.thin, j.nt, j.task, j.reduce = j.thinTile, j.directTile, j.tile, j.reduceRow
	return j
}

// release forgets what the job points at, and keeps the job.
func (x *Multiplier[T]) release(j *job[T]) {
	j.c, j.partial = nil, nil
	j.a, j.b, j.packed, j.source = Matrix[T]{}, Matrix[T]{}, Packed[T]{}, Source[T]{}
	x.jobs.Put(j)
}

const thinCols = 512

// mulThin multiplies few rows, in strips of columns.
func (j *job[T]) mulThin(run Parallel) { run.each((j.n+thinCols-1)/thinCols, j.thin) }

func (j *job[T]) thinTile(i int) {
	j0 := i * thinCols
	thin(j.c[j0:], j.ldc, j.a, j.b.Data[j0:], j.b.Stride, j.m, min(thinCols, j.n-j0), j.k, j.accumulate)
}

// mulDirect multiplies A by a matrix that lies by columns already.
func (j *job[T]) mulDirect(run Parallel) {
	j.cut(TaskRows())
	run.each(j.rowTiles*j.colTiles, j.nt)
}

func (j *job[T]) directTile(i int) {
	i0, j0 := i/j.colTiles*j.rowTile, i%j.colTiles*j.colTile
	m, n := min(j.rowTile, j.m-i0), min(j.colTile, j.n-j0)
	for l := 0; l < j.k; l += portableDepth {
		portableBlock(j.c[i0*j.ldc+j0:], j.ldc, j.a.Data[i0*j.a.Stride+l:], j.a.Stride, j.b.Data[j0*j.b.Stride+l:], j.b.Stride,
			m, n, min(portableDepth, j.k-l), j.accumulate || l > 0)
	}
}

// mulPacked lays out B and multiplies.
func (j *job[T]) mulPacked(run Parallel) {
	memory := j.owner.buffers.Get(PackedLen[T](j.k, j.n))
	j.packed = NewPacked(memory.Data, j.k, j.n)
	row, col := j.b.strides()
	j.source = Source[T]{Data: j.b.Data, Offsets: zeroOffset[:], Inner: j.k, RowStride: row, ColStride: col}
	run.each(j.packed.Pieces(), j.pack)
	j.multiply(run)
	j.owner.buffers.Put(memory)
}

// cut chooses the tasks by shape.
func (j *job[T]) cut(rows int) {
	j.rowTile = rows
	j.rowTiles = (j.m + rows - 1) / rows
	strips := (j.n + tileCols - 1) / tileCols
	want := min(strips, (tasksWanted+j.rowTiles-1)/j.rowTiles)
	j.colTile = (strips + want - 1) / want * tileCols
	j.colTiles = (j.n + j.colTile - 1) / j.colTile
	j.splits = 1
}

// splitDepth is the least length of a sum that is worth cutting in two.
const splitDepth = 2048

// multiply multiplies by the packed B. A small C with long sums is cut along k as well.
func (j *job[T]) multiply(run Parallel) {
	j.cut(TaskRows())
	blocks := j.packed.Blocks()
	j.blocksPer = blocks
	if tiles := j.rowTiles * j.colTiles; tiles < tasksWanted/2 && j.k >= 2*splitDepth {
		j.splits = min(tasksWanted/2/tiles, j.k/splitDepth, blocks)
		j.blocksPer = (blocks + j.splits - 1) / j.splits
		j.splits = (blocks + j.blocksPer - 1) / j.blocksPer
	}
	var partial *Buffer[T]
	if j.splits > 1 {
		partial = j.owner.buffers.Get((j.splits - 1) * j.m * j.n)
		j.partial = partial.Data
	}
	run.each(j.rowTiles*j.colTiles*j.splits, j.task)
	if j.splits > 1 {
		run.each(j.m, j.reduce)
		j.owner.buffers.Put(partial)
	}
}

// tile computes one tile of C, or of a partial sum.
func (j *job[T]) tile(i int) {
	tiles := j.rowTiles * j.colTiles
	part, i := i/tiles, i%tiles
	i0, j0 := i/j.colTiles*j.rowTile, i%j.colTiles*j.colTile
	m, j1 := min(j.rowTile, j.m-i0), min(j.n, j0+j.colTile)
	c, ldc, accumulate := j.c, j.ldc, j.accumulate
	if part > 0 {
		c, ldc, accumulate = j.partial[(part-1)*j.m*j.n:], j.n, false
	}
	c = c[i0*ldc+j0:]
	var turned *Buffer[T]
	if j.a.Trans {
		turned = j.owner.buffers.Get(m * j.packed.depth)
	}
	for kb := part * j.blocksPer; kb < min((part+1)*j.blocksPer, j.packed.Blocks()); kb++ {
		first, rows := j.packed.Block(kb)
		if j.a.Trans {
			Copy2D(turned.Data, rows, j.a.Data[first*j.a.Stride+i0:], 1, j.a.Stride, m, rows)
			j.packed.MulBlock(c, ldc, turned.Data, rows, m, kb, j0, j1, accumulate)
		} else {
			j.packed.MulBlock(c, ldc, j.a.Data[i0*j.a.Stride+first:], j.a.Stride, m, kb, j0, j1, accumulate)
		}
		accumulate = true
	}
	j.owner.buffers.Put(turned)
}

// reduceRow adds the partial sums of one row to C, in order.
func (j *job[T]) reduceRow(i int) {
	row := j.c[i*j.ldc : i*j.ldc+j.n]
	for part := range j.splits - 1 {
		axpy(1, j.partial[(part*j.m+i)*j.n:][:j.n], row)
	}
}

package matmul

// Source says where the elements of a matrix B to be packed lie: element (l, j), with l =
// t*Inner + i, is Data[Offsets[t] + i*RowStride + j*ColStride]. Convolution weights are
// such a matrix, whatever the order of their axes: t is the tap, i the input channel, j
// the output channel.
type Source[T Float] struct {
	Data                 []T
	Offsets              []int
	Inner                int
	RowStride, ColStride int
}

// Packed is a matrix B in the order the kernels read it. It is immutable, and may be used
// any number of times, by several goroutines.
type Packed[T Float] struct {
	data        []T
	rows, cols  int
	depth       int // rows of a block
	panel       int // columns of a panel, or 0 for the default kernels: the block by columns
	paddedWidth int
}

// Rows returns the number of rows of B: the length of the sums.
func (p *Packed[T]) Rows() int { return p.rows }

// Cols returns the number of columns of B.
func (p *Packed[T]) Cols() int { return p.cols }

// Depth returns how many rows of B are multiplied at a time: MulBlock takes blocks of
// this many, and a last one with the rest.
func (p *Packed[T]) Depth() int { return p.depth }

// Blocks returns the number of blocks of Depth rows.
func (p *Packed[T]) Blocks() int { return (p.rows + p.depth - 1) / p.depth }

// Block returns the first row and the number of rows of a block.
func (p *Packed[T]) Block(i int) (first, rows int) {
	first = i * p.depth
	return first, min(p.depth, p.rows-first)
}

// PackedLen returns how many elements Pack needs for a [rows, cols] matrix.
func PackedLen[T Float](rows, cols int) int {
	_, panel := blocking[T]()
	return rows * padded(cols, panel)
}

func padded(n, panel int) int {
	if panel == 0 {
		return n
	}
	return (n + panel - 1) / panel * panel
}

// NewPacked describes a [rows, cols] matrix in memory of PackedLen elements. PackPiece
// fills it.
func NewPacked[T Float](memory []T, rows, cols int) Packed[T] {
	most, panel := blocking[T]()
	// Blocks of one length: 576 rows are two blocks of 288, not one of 400 and one of
	// 176.
	blocks := max(1, (rows+most-1)/most)
	depth := max(1, (rows+blocks-1)/blocks)
	if blocks > 1 {
		depth = (depth + 15) &^ 15 // every block begins on a cache line
	}
	return Packed[T]{data: memory, rows: rows, cols: cols, depth: depth, panel: panel, paddedWidth: padded(cols, panel)}
}

// Pieces returns the number of independent pieces that a matrix is packed in.
func (p *Packed[T]) Pieces() int { return p.Blocks() * p.strips() }

// strips returns the number of strips of columns that are packed, and multiplied, on
// their own.
func (p *Packed[T]) strips() int { return (p.cols + tileCols - 1) / tileCols }

// PackPiece lays out piece i of B.
func (p *Packed[T]) PackPiece(i int, b Source[T]) {
	strips := p.strips()
	first, rows := p.Block(i / strips)
	j0 := i % strips * tileCols
	j1 := min(p.cols, j0+tileCols)
	block := p.data[first*p.paddedWidth:][:rows*p.paddedWidth]
	for done := 0; done < rows; {
		l := first + done
		t, in := l/b.Inner, l%b.Inner
		n := min(b.Inner-in, rows-done)
		from := b.Offsets[t] + in*b.RowStride
		if p.panel == 0 {
			Copy2D(block[j0*rows+done:], rows, b.Data[from+j0*b.ColStride:], b.ColStride, b.RowStride, j1-j0, n)
		} else {
			p.packPanels(block, rows, done, n, j0, j1, b, from)
		}
		done += n
	}
}

// packPanels lays out rows [done, done+n) of a block as panels [rows, panel], filled up
// with zeros on the right.
func (p *Packed[T]) packPanels(block []T, rows, done, n, j0, j1 int, b Source[T], from int) {
	for j := j0; j < j1; j += p.panel {
		w := min(p.panel, j1-j)
		dst := block[j*rows+done*p.panel:][:n*p.panel]
		Copy2D(dst, p.panel, b.Data[from+j*b.ColStride:], b.RowStride, b.ColStride, n, w)
		if w < p.panel {
			for i := range n {
				clear(dst[i*p.panel+w : (i+1)*p.panel])
			}
		}
	}
}

// MulBlock multiplies A [m, rows of the block] by columns [j0, j1) of block kb of B, and
// sets C [m, j1-j0] to the product or adds to it. j0 must be a multiple of Strip. It runs
// on the calling goroutine.
func (p *Packed[T]) MulBlock(c []T, ldc int, a []T, lda, m, kb, j0, j1 int, accumulate bool) {
	first, rows := p.Block(kb)
	block := p.data[first*p.paddedWidth:][:rows*p.paddedWidth]
	multiplyBlock(c, ldc, a, lda, block[j0*rows:], p.panel, m, j1-j0, rows, accumulate)
}

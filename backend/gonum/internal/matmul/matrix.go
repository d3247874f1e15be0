package matmul

// Float are the element types.
type Float interface{ float32 | float64 }

// Parallel calls fn(i) once for each i in [0, n), possibly at the same time, and returns
// when all calls have. A nil Parallel runs the calls in order on the calling goroutine.
type Parallel func(n int, fn func(i int))

// each runs fn over [0, n).
func (p Parallel) each(n int, fn func(i int)) {
	if p == nil || n <= 1 {
		for i := range n {
			fn(i)
		}
		return
	}
	p(n, fn)
}

// Matrix is a view of a row-major matrix: element (i, j) is Data[i*Stride+j], or
// Data[j*Stride+i] if Trans.
type Matrix[T Float] struct {
	Data   []T
	Stride int
	Trans  bool
}

// strides returns the distances between rows and between columns.
func (m Matrix[T]) strides() (row, col int) {
	if m.Trans {
		return 1, m.Stride
	}
	return m.Stride, 1
}

// transposed returns the same elements, seen as the transposed matrix.
func (m Matrix[T]) transposed() Matrix[T] {
	m.Trans = !m.Trans
	return m
}

// Copy2D sets dst[i*ds+j] = src[i*sr+j*sc] for i < rows, j < cols.
func Copy2D[T Float](dst []T, ds int, src []T, sr, sc, rows, cols int) {
	if rows == 0 || cols == 0 {
		return
	}
	switch {
	case sc == 1:
		for i := range rows {
			copy(dst[i*ds:i*ds+cols], src[i*sr:i*sr+cols])
		}
	case sr == 1:
		transpose2D(dst, ds, src, sc, rows, cols)
	default:
		for i := range rows {
			d, s := dst[i*ds:i*ds+cols], src[i*sr:]
			for j := range d {
				d[j] = s[j*sc]
			}
		}
	}
}

// transpose2D sets dst[i*ds+j] = src[j*ss+i]. It goes through src in strips of one cache
// line, four lines at a time.
func transpose2D[T Float](dst []T, ds int, src []T, ss, rows, cols int) {
	const strip = 16
	for i0 := 0; i0 < rows; i0 += strip {
		n := min(strip, rows-i0)
		j := 0
		for ; j+4 <= cols; j += 4 {
			s0, s1 := src[j*ss+i0:][:n], src[(j+1)*ss+i0:][:n]
			s2, s3 := src[(j+2)*ss+i0:][:n], src[(j+3)*ss+i0:][:n]
			at := i0*ds + j
			for i := range s0 {
				d := dst[at : at+4 : at+4]
				d[0], d[1], d[2], d[3] = s0[i], s1[i], s2[i], s3[i]
				at += ds
			}
		}
		for ; j < cols; j++ {
			for i, v := range src[j*ss+i0:][:n] {
				dst[(i0+i)*ds+j] = v
			}
		}
	}
}

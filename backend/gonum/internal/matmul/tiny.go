package matmul

// tinyProducts is the number of multiplications up to which a plain loop is faster than
// getting a kernel ready.
const tinyProducts = 512

// tiny multiplies by the definition, one sum after the other.
func tiny[T Float](c []T, ldc int, a, b Matrix[T], m, n, k int, accumulate bool) {
	rowA, colA := a.strides()
	rowB, colB := b.strides()
	for i := range m {
		for j := range n {
			var sum T
			if accumulate {
				sum = c[i*ldc+j]
			}
			for l := range k {
				sum += a.Data[i*rowA+l*colA] * b.Data[l*rowB+j*colB]
			}
			c[i*ldc+j] = sum
		}
	}
}

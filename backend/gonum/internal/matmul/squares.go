package matmul

// squares sets C = A*Bᵀ, or adds to C, for A [m, k] and B [n, k], in squares of four by
// four sums. In plain Go, as in a browser, a dot product waits for each of its additions;
// sixteen of them side by side do not, and read each element of A and B a quarter as
// often.
func squares[T Float](c []T, ldc int, a []T, lda int, b []T, ldb int, m, n, k int, accumulate bool) {
	const side = 4
	for j := 0; j < n; j += side {
		for i := 0; i < m; i += side {
			if i+side <= m && j+side <= n {
				square(c[i*ldc+j:], ldc, a[i*lda:], lda, b[j*ldb:], ldb, k, accumulate)
				continue
			}
			for r := i; r < min(m, i+side); r++ {
				for s := j; s < min(n, j+side); s++ {
					sum := dot(a[r*lda:r*lda+k], b[s*ldb:s*ldb+k])
					if accumulate {
						sum += c[r*ldc+s]
					}
					c[r*ldc+s] = sum
				}
			}
		}
	}
}

// dot has four sums side by side, for what is left over at the edges.
func dot[T Float](x, y []T) T {
	var s0, s1, s2, s3 T
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		x4, y4 := x[i:i+4:i+4], y[i:i+4:i+4]
		s0, s1, s2, s3 = s0+x4[0]*y4[0], s1+x4[1]*y4[1], s2+x4[2]*y4[2], s3+x4[3]*y4[3]
	}
	for ; i < len(x); i++ {
		s0 += x[i] * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// square computes four rows and four columns of C, in two halves: eight sums and their
// factors are what registers hold.
func square[T Float](c []T, ldc int, a []T, lda int, b []T, ldb int, k int, accumulate bool) {
	half(c, ldc, a, lda, b, b[ldb:], k, accumulate)
	half(c[2:], ldc, a, lda, b[2*ldb:], b[3*ldb:], k, accumulate)
}

// half computes four rows and two columns of C.
func half[T Float](c []T, ldc int, a []T, lda int, b0, b1 []T, k int, accumulate bool) {
	a0, a1, a2, a3 := a[:k], a[lda:lda+k], a[2*lda:2*lda+k], a[3*lda:3*lda+k]
	b0, b1 = b0[:k], b1[:k]
	var s00, s01, s10, s11, s20, s21, s30, s31 T
	for l, x := range a0 {
		y, z := b0[l], b1[l]
		s00, s01 = s00+x*y, s01+x*z
		x = a1[l]
		s10, s11 = s10+x*y, s11+x*z
		x = a2[l]
		s20, s21 = s20+x*y, s21+x*z
		x = a3[l]
		s30, s31 = s30+x*y, s31+x*z
	}
	c0, c1, c2, c3 := c[:2], c[ldc:ldc+2], c[2*ldc:2*ldc+2], c[3*ldc:3*ldc+2]
	if accumulate {
		s00, s01, s10, s11 = s00+c0[0], s01+c0[1], s10+c1[0], s11+c1[1]
		s20, s21, s30, s31 = s20+c2[0], s21+c2[1], s30+c3[0], s31+c3[1]
	}
	c0[0], c0[1], c1[0], c1[1] = s00, s01, s10, s11
	c2[0], c2[1], c3[0], c3[1] = s20, s21, s30, s31
}

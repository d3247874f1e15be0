package matmul

// squares sets C = A*Bᵀ, or adds to C, for A [m, k] and B [n, k], in blocks of four rows
// and two columns. In plain Go, as in a browser, a dot product waits for each of its
// additions; eight of them side by side do not, and read the elements of A and B less
// often. Every sum is made in the order of the elements, at the edges too: what comes of
// a row must not depend on how many rows there are.
func squares[T Float](c []T, ldc int, a []T, lda int, b []T, ldb int, m, n, k int, accumulate bool) {
	const rows = 4
	i := 0
	for ; i+rows <= m; i += rows {
		j := 0
		for ; j+2 <= n; j += 2 {
			fourByTwo(c[i*ldc+j:], ldc, a[i*lda:], lda, b[j*ldb:j*ldb+k], b[(j+1)*ldb:(j+1)*ldb+k], accumulate)
		}
		if j < n {
			for r := i; r < i+rows; r++ {
				row(c[r*ldc+j:r*ldc+n], a[r*lda:r*lda+k], b[j*ldb:], ldb, accumulate)
			}
		}
	}
	for ; i < m; i++ {
		row(c[i*ldc:i*ldc+n], a[i*lda:i*lda+k], b, ldb, accumulate)
	}
}

// fourByTwo computes four rows and two columns of C.
func fourByTwo[T Float](c []T, ldc int, a []T, lda int, b0, b1 []T, accumulate bool) {
	k := len(b0)
	a0, a1, a2, a3 := a[:k], a[lda:lda+k], a[2*lda:2*lda+k], a[3*lda:3*lda+k]
	b1 = b1[:k]
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

// row computes one row of C, four columns at a time.
func row[T Float](c, a, b []T, ldb int, accumulate bool) {
	k := len(a)
	for j := 0; j < len(c); j += 4 {
		var s [4]T
		if j+4 <= len(c) {
			s[0], s[1], s[2], s[3] = fourDots(a, b[j*ldb:j*ldb+k], b[(j+1)*ldb:(j+1)*ldb+k], b[(j+2)*ldb:(j+2)*ldb+k], b[(j+3)*ldb:(j+3)*ldb+k])
		} else {
			for r := range len(c) - j {
				s[r] = dot(a, b[(j+r)*ldb:(j+r)*ldb+k])
			}
		}
		for r := range min(4, len(c)-j) {
			if accumulate {
				s[r] += c[j+r]
			}
			c[j+r] = s[r]
		}
	}
}

func fourDots[T Float](a, b0, b1, b2, b3 []T) (s0, s1, s2, s3 T) {
	b0, b1, b2, b3 = b0[:len(a)], b1[:len(a)], b2[:len(a)], b3[:len(a)]
	for l, x := range a {
		s0, s1, s2, s3 = s0+x*b0[l], s1+x*b1[l], s2+x*b2[l], s3+x*b3[l]
	}
	return s0, s1, s2, s3
}

func dot[T Float](x, y []T) (sum T) {
	y = y[:len(x)]
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

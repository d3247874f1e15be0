package conv

import "github.com/pifr-go/pifr/backend/gonum/internal/matmul"

// sumTaps sets dst to the sum over taps of input times weights, channel by channel, three
// taps at a time: each pass over dst costs a load and a store.
func sumTaps[T matmul.Float](dst, in []T, base int, list *tapList, w []T) {
	n, k := len(dst), 0
	switch len(list.from) % 3 {
	case 0:
		clear(dst)
	case 1:
		a, u := in[base+list.from[0]:][:n], w[list.weight[0]:][:n]
		for c := range dst {
			dst[c] = a[c] * u[c]
		}
		k = 1
	case 2:
		a, b := in[base+list.from[0]:][:n], in[base+list.from[1]:][:n]
		u, v := w[list.weight[0]:][:n], w[list.weight[1]:][:n]
		for c := range dst {
			dst[c] = a[c]*u[c] + b[c]*v[c]
		}
		k = 2
	}
	for ; k < len(list.from); k += 3 {
		x, y, z := in[base+list.from[k]:][:n], in[base+list.from[k+1]:][:n], in[base+list.from[k+2]:][:n]
		s, u, v := w[list.weight[k]:][:n], w[list.weight[k+1]:][:n], w[list.weight[k+2]:][:n]
		for c := range dst {
			dst[c] += x[c]*s[c] + y[c]*u[c] + z[c]*v[c]
		}
	}
}

package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzColumns compares sums of columns with loops over bytes, at every level, and looks
// that nothing behind the sums is written.
func FuzzColumns(f *testing.F) {
	for _, n := range []uint16{0, 1, 7, 8, 15, 16, 31, 32, 33, 63, 64, 127, 128, 129, 1000} {
		f.Add(n, uint16(3), uint8(0), []byte{255})
	}
	f.Add(uint16(300), uint16(MostRows), uint8(5), []byte{255, 255})
	f.Fuzz(func(t *testing.T, n, rows uint16, gap uint8, data []byte) {
		columns, down, stride := int(n%3000), 1+int(rows-1)%MostRows, int(n%3000)+int(gap)
		pix := make([]uint8, down*stride+1)
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		for i := range pix {
			if pix[i] = uint8(r.Uint32()); len(data) > 0 {
				pix[i] |= data[i%len(data)]
			}
		}
		want := make([]uint16, columns+1)
		for i := range columns {
			for row := range down {
				want[i] += uint16(pix[i+row*stride])
			}
		}
		want[columns] = 12345
		for _, l := range Levels() {
			got := make([]uint16, columns+1)
			got[columns] = 12345
			Columns(l, got[:columns], pix, stride, down)
			require.Equal(t, want, got, "seed %d, %s: %d columns, %d rows, stride %d", seed, l, columns, down, stride)
		}
	})
}

// TestColumnsPanics is for rows that do not fit, and bytes that are not there.
func TestColumnsPanics(t *testing.T) {
	for _, l := range Levels() {
		require.Panics(t, func() { Columns(l, make([]uint16, 64), make([]uint8, 64*258), 64, 258) })
		require.Panics(t, func() { Columns(l, make([]uint16, 64), make([]uint8, 64), 64, 0) })
		require.Panics(t, func() { Columns(l, make([]uint16, 64), make([]uint8, 64*3-1), 64, 3) })
		Columns(l, nil, nil, 64, 3)
	}
}

// BenchmarkColumns measures seven rows of 1,600 bytes.
func BenchmarkColumns(b *testing.B) {
	const columns, rows, stride = 1600, 7, 6000
	sums, pix := make([]uint16, columns), make([]uint8, rows*stride)
	for _, l := range Levels() {
		b.Run(fmt.Sprint(l), func(b *testing.B) {
			for b.Loop() {
				Columns(l, sums, pix, stride, rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/columns/rows, "ns/byte")
		})
	}
}

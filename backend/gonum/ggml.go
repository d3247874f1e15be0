package gonum

import (
	"encoding/binary"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"
)

// The block formats of GGML, the tensor library of llama.cpp: a row is a sequence of
// blocks of 32 or 256 values, each with scales of its own. Multi-byte numbers are
// little-endian; d and dmin below are float16.
//
//	Q4_0    d, 16 bytes of two quants        d (q - 8)
//	Q8_0    d, 32 signed bytes               d q
//	IQ4_NL  d, 16 bytes of two indices       d table[q]
//	Q2_K    16 bytes of 4-bit scale and min, 64 bytes of four quants, d, dmin
//	Q3_K    32 bytes of high bits, 64 bytes of four quants, 12 bytes of 6-bit scales, d
//	Q4_K    d, dmin, 12 bytes of 6-bit scales and mins, 128 bytes of two quants
//	Q5_K    d, dmin, 12 bytes of 6-bit scales and mins, 32 bytes of high bits,
//	        128 bytes of two quants
//	Q6_K    128 bytes of two low parts, 64 bytes of four high parts, 16 signed scales, d
//
// In the K formats a value is worth d scale q, less dmin min where the format has one.

// ggmlDecoder dequantizes a row of blocks.
type ggmlDecoder[T floating] func(dst []T, row []byte)

// ggmlDecoderOf returns the decoder of a format that ggmlWidth knows.
func ggmlDecoderOf[T floating](format compute.GGMLQuantType) ggmlDecoder[T] {
	block := decodeQ8_0[T]
	switch format {
	case compute.GGMLQ4_0:
		block = decodeQ4_0[T]
	case compute.GGMLIQ4NL:
		block = decodeIQ4NL[T]
	case compute.GGMLQ2_K:
		block = decodeQ2K[T]
	case compute.GGMLQ3_K:
		block = decodeQ3K[T]
	case compute.GGMLQ4_K:
		block = decodeQ4K[T]
	case compute.GGMLQ5_K:
		block = decodeQ5K[T]
	case compute.GGMLQ6_K:
		block = decodeQ6K[T]
	}
	values, size := format.ValuesPerBlock(), format.BytesPerBlock()
	return func(dst []T, row []byte) {
		for len(row) >= size {
			block(dst[:values], row[:size])
			dst, row = dst[values:], row[size:]
		}
	}
}

// ggmlWidth returns how many values a row of a table of blocks holds.
func ggmlWidth(format compute.GGMLQuantType, table shapes.Shape) (int, error) {
	if format < compute.GGMLQ4_0 || format > compute.GGMLQ6_K {
		return 0, fmt.Errorf("GGML format %d: %w", format, compute.ErrNotImplemented)
	}
	if table.Rank() != 2 || table.DType != dtypes.Uint8 || table.IsAxisDynamic(1) {
		return 0, fmt.Errorf("blocks %s, want uint8 [rows, bytes]", table)
	}
	if table.Dimensions[1]%format.BytesPerBlock() != 0 {
		return 0, fmt.Errorf("rows of %d bytes are no whole blocks of %s, which take %d", table.Dimensions[1], format, format.BytesPerBlock())
	}
	return table.Dimensions[1] / format.BytesPerBlock() * format.ValuesPerBlock(), nil
}

func halfAt[T floating](b []byte) T {
	return T(float16.FromBits(binary.LittleEndian.Uint16(b)).Float32())
}

func decodeQ8_0[T floating](dst []T, b []byte) {
	d := halfAt[T](b)
	for i, q := range b[2:34] {
		dst[i] = d * T(int8(q))
	}
}

func decodeQ4_0[T floating](dst []T, b []byte) {
	d := halfAt[T](b)
	for i, q := range b[2:18] {
		dst[i], dst[i+16] = d*T(int(q&15)-8), d*T(int(q>>4)-8)
	}
}

func decodeIQ4NL[T floating](dst []T, b []byte) {
	d := halfAt[T](b)
	for i, q := range b[2:18] {
		dst[i], dst[i+16] = d*T(compute.IQ4NLLookupTable[q&15]), d*T(compute.IQ4NLLookupTable[q>>4])
	}
}

// decodeQ2K: each byte of quants holds, in two bits each, values that lie 32 apart in a
// half block of 128.
func decodeQ2K[T floating](dst []T, b []byte) {
	scales, quants := b[:16], b[16:80]
	d, dmin := halfAt[T](b[80:]), halfAt[T](b[82:])
	for i := range dst[:256] {
		half, part, within := i/128, i/32%4, i%32
		s := scales[i/16]
		q := quants[half*32+within] >> (2 * part) & 3
		dst[i] = d*T(s&15)*T(q) - dmin*T(s>>4)
	}
}

// decodeQ3K: as Q2_K, with a third bit, whose absence means 4 less, in a byte for each of
// the 32 positions within.
func decodeQ3K[T floating](dst []T, b []byte) {
	high, quants, packed, d := b[:32], b[32:96], b[96:108], halfAt[T](b[108:])
	for i := range dst[:256] {
		half, part, within := i/128, i/32%4, i%32
		q := int(quants[half*32+within] >> (2 * part) & 3)
		if high[within]>>(4*half+part)&1 == 0 {
			q -= 4
		}
		dst[i] = d * T(scaleQ3K(packed, i/16)) * T(q)
	}
}

// scaleQ3K returns scale j of 16: low four bits in the first eight bytes, high two in the
// last four, 32 too large.
func scaleQ3K(packed []byte, j int) int {
	low := packed[j%8] >> (j / 8 * 4) & 15
	high := packed[8+j%4] >> (j / 4 * 2) & 3
	return int(low|high<<4) - 32
}

// scaleMinK returns scale and min j of 8, of six bits each: the first four of both in the
// low bits of bytes 0-7, the others split between bytes 8-11 and the high bits of bytes
// 0-7.
func scaleMinK(packed []byte, j int) (scale, low byte) {
	if j < 4 {
		return packed[j] & 63, packed[j+4] & 63
	}
	return packed[j+4]&15 | packed[j-4]>>6<<4, packed[j+4]>>4 | packed[j]>>6<<4
}

// decodeQ4K: each byte of quants holds values that lie 32 apart in a quarter of 64.
func decodeQ4K[T floating](dst []T, b []byte) {
	d, dmin := halfAt[T](b), halfAt[T](b[2:])
	packed, quants := b[4:16], b[16:144]
	for j := range 8 {
		scale, low := scaleMinK(packed, j)
		ds, m := d*T(scale), dmin*T(low)
		for i, q := range quants[j/2*32 : j/2*32+32] {
			dst[j*32+i] = ds*T(q>>(j%2*4)&15) - m
		}
	}
}

// decodeQ5K: as Q4_K, with a fifth bit in a byte for each of the 32 positions within.
func decodeQ5K[T floating](dst []T, b []byte) {
	d, dmin := halfAt[T](b), halfAt[T](b[2:])
	packed, high, quants := b[4:16], b[16:48], b[48:176]
	for j := range 8 {
		scale, low := scaleMinK(packed, j)
		ds, m := d*T(scale), dmin*T(low)
		for i, q := range quants[j/2*32 : j/2*32+32] {
			q = q>>(j%2*4)&15 | high[i]>>j&1<<4
			dst[j*32+i] = ds*T(q) - m
		}
	}
}

// decodeQ6K: in a half of 128, low parts lie as two rows of 32 bytes, each holding values
// 64 apart; high parts as one row of 32 bytes, each holding values 32 apart.
func decodeQ6K[T floating](dst []T, b []byte) {
	low, high, scales, d := b[:128], b[128:192], b[192:208], halfAt[T](b[208:])
	for i := range dst[:256] {
		half, part, within := i/128, i/32%4, i%32
		q := low[half*64+part%2*32+within] >> (part / 2 * 4) & 15
		q |= high[half*32+within] >> (2 * part) & 3 << 4
		dst[i] = d * T(int8(scales[i/16])) * T(int(q)-32)
	}
}

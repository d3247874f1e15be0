//go:build !noasm

#include "textflag.h"
#include "words_arm64.h"

// Conversions between float32 and other elements.
//
//	R0 dst   R1 a   R2 elements left   R3 an element

// CONVERT is the body of a conversion: MANY is for count elements, ONE for one.
#define CONVERT(count, MANY, ONE) \
	MOVD dst+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD n+32(FP), R2; \
blocks: \
	SUBS $count, R2; \
	BLT  rest; \
	MANY; \
	B    blocks; \
rest: \
	ADDS $count, R2; \
	BEQ  done; \
single: \
	ONE; \
	SUBS $1, R2; \
	BNE  single; \
done: \
	RET

// EXTEND8 makes 16 bits of the lower eight bytes of V(a), EXTEND16 32 bits of the lower four
// 16 bits, EXTEND32 64 bits of the lower two 32 bits; HIGH8 and so on do with the upper
// ones. They extend zeros where unsigned is 1, else signs.
#define EXTEND8(unsigned, a, d) WORD $(0x0F08A400 | unsigned<<29 | (a)<<5 | (d))
#define HIGH8(unsigned, a, d) WORD $(0x4F08A400 | unsigned<<29 | (a)<<5 | (d))
#define EXTEND16(unsigned, a, d) WORD $(0x0F10A400 | unsigned<<29 | (a)<<5 | (d))
#define HIGH16(unsigned, a, d) WORD $(0x4F10A400 | unsigned<<29 | (a)<<5 | (d))
#define EXTEND32(unsigned, a, d) WORD $(0x0F20A400 | unsigned<<29 | (a)<<5 | (d))
#define HIGH32(unsigned, a, d) WORD $(0x4F20A400 | unsigned<<29 | (a)<<5 | (d))

// SCVTF converts 32 bits to float32, or 64 bits to float64; FCVTZS the reverse, truncated,
// with the nearest integer for what is too large and 0 for NaN.
#define SCVTF 0x4E21D800
#define FCVTZS 0x4EA1B800
#define DOUBLE 0
#define TOFLOATS \
	VECTOR1(SCVTF, 0, 0); \
	VECTOR1(SCVTF, 1, 1); \
	VECTOR1(SCVTF, 2, 2); \
	VECTOR1(SCVTF, 3, 3); \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0)
#define TOFLOAT \
	SCVTFWS R3, F0; \
	FMOVS.P F0, 4(R0)

#define FROMBYTES(unsigned) \
	FMOVQ.P 16(R1), F4; \
	EXTEND8(unsigned, 4, 5); \
	HIGH8(unsigned, 4, 6); \
	EXTEND16(unsigned, 5, 0); \
	HIGH16(unsigned, 5, 1); \
	EXTEND16(unsigned, 6, 2); \
	HIGH16(unsigned, 6, 3); \
	TOFLOATS
#define FROMUNSIGNED MOVBU.P 1(R1), R3; TOFLOAT
#define FROMSIGNED MOVB.P 1(R1), R3; TOFLOAT

TEXT ·fromUint832NEON(SB), NOSPLIT, $0-40
	CONVERT(16, FROMBYTES(1), FROMUNSIGNED)

TEXT ·fromInt832NEON(SB), NOSPLIT, $0-40
	CONVERT(16, FROMBYTES(0), FROMSIGNED)

#define FROMINTS VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]; TOFLOATS
#define FROMINT MOVW.P 4(R1), R3; TOFLOAT

TEXT ·fromInt3232NEON(SB), NOSPLIT, $0-40
	CONVERT(16, FROMINTS, FROMINT)

// NARROW1 saturates four 32 bits to 16 bits by an instruction's word, NARROW4 sixteen 32 bits
// in V0 to V3, by way of 16 bits, to bytes in V0.
#define NARROW1(word, a, d) WORD $(word | (a)<<5 | (d))
#define UPPERHALF 0x40000000
#define NARROW4(halves, bytes) \
	NARROW1(halves, 0, 0); \
	NARROW1(halves|UPPERHALF, 1, 0); \
	NARROW1(halves, 2, 2); \
	NARROW1(halves|UPPERHALF, 3, 2); \
	NARROW1(bytes, 0, 0); \
	NARROW1(bytes|UPPERHALF, 2, 0)
#define TOBYTES(halves, bytes) \
	VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	VECTOR1(FCVTZS, 0, 0); \
	VECTOR1(FCVTZS, 1, 1); \
	VECTOR1(FCVTZS, 2, 2); \
	VECTOR1(FCVTZS, 3, 3); \
	NARROW4(halves, bytes); \
	FMOVQ.P F0, 16(R0)
#define TOBYTE(halves, bytes) \
	FMOVS.P 4(R1), F0; \
	VECTOR1(FCVTZS, 0, 0); \
	NARROW1(halves, 0, 0); \
	NARROW1(bytes, 0, 0); \
	VST1.P V0.B[0], 1(R0)

// Signed to unsigned 16 bits, and those to bytes.
#define SQXTUN 0x2E612800
#define UQXTN 0x2E214800

TEXT ·toUint832NEON(SB), NOSPLIT, $0-40
	CONVERT(16, TOBYTES(SQXTUN, UQXTN), TOBYTE(SQXTUN, UQXTN))

// Signed to signed 16 bits, and those to bytes.
#define SQXTN16 0x0E614800
#define SQXTN8 0x0E214800

TEXT ·toInt832NEON(SB), NOSPLIT, $0-40
	CONVERT(16, TOBYTES(SQXTN16, SQXTN8), TOBYTE(SQXTN16, SQXTN8))

// SHIFT16 makes float32 of the lower four bfloat16 in V(a), HIGHSHIFT16 of the upper four.
#define SHIFT16(a, d) WORD $(0x2E613800 | (a)<<5 | (d))
#define HIGHSHIFT16(a, d) WORD $(0x6E613800 | (a)<<5 | (d))
#define FROMHALVES \
	FMOVQ.P 16(R1), F4; \
	SHIFT16(4, 0); \
	HIGHSHIFT16(4, 1); \
	FSTPQ.P (F0, F1), 32(R0)
#define FROMHALF \
	MOVHU.P 2(R1), R3; \
	LSL     $16, R3; \
	MOVW.P  R3, 4(R0)

TEXT ·fromBFloat1632NEON(SB), NOSPLIT, $0-40
	CONVERT(8, FROMHALVES, FROMHALF)

// ROUND sets x to x/2^16, rounded to nearest even, without the fraction where x is infinite
// or NaN. V16 has ones, V17 numbers 0x7FFF, V18 numbers 0x7F800000.
#define ROUND(x, cut, mask) \
	VUSHR $16, x.S4, cut.S4; \
	VAND  V18.B16, x.B16, mask.B16; \
	VCMEQ V18.S4, mask.S4, mask.S4; \
	VADD  V17.S4, x.S4, x.S4; \
	VAND  V16.B16, cut.B16, V19.B16; \
	VADD  V19.S4, x.S4, x.S4; \
	VUSHR $16, x.S4, x.S4; \
	VBIT  mask.B16, cut.B16, x.B16
#define TOHALVES \
	FLDPQ.P 32(R1), (F0, F1); \
	ROUND(V0, V2, V4); \
	ROUND(V1, V3, V5); \
	VUZP1   V1.H8, V0.H8, V0.H8; \
	FMOVQ.P F0, 16(R0)
#define TOHALF \
	FMOVS.P 4(R1), F0; \
	ROUND(V0, V2, V4); \
	VST1.P  V0.H[0], 2(R0)

TEXT ·toBFloat1632NEON(SB), NOSPLIT, $0-40
	MOVD $1, R3
	VDUP R3, V16.S4
	MOVD $0x7FFF, R3
	VDUP R3, V17.S4
	MOVD $0x7F800000, R3
	VDUP R3, V18.S4
	CONVERT(8, TOHALVES, TOHALF)

#define WIDEN \
	FMOVQ.P 16(R1), F1; \
	LOWER(1, 0); \
	UPPER(1, 1); \
	FSTPQ.P (F0, F1), 32(R0)
#define WIDEN1 \
	FMOVS.P 4(R1), F0; \
	FCVTSD  F0, F0; \
	FMOVD.P F0, 8(R0)

TEXT ·widen32NEON(SB), NOSPLIT, $0-40
	CONVERT(4, WIDEN, WIDEN1)

#define NARROW \
	FLDPQ.P 32(R1), (F0, F1); \
	NARROWLOWER(0, 0); \
	NARROWUPPER(1, 0); \
	FMOVQ.P F0, 16(R0)
#define LONE \
	FMOVD.P 8(R1), F0; \
	FCVTDS  F0, F0; \
	FMOVS.P F0, 4(R0)

TEXT ·narrow32NEON(SB), NOSPLIT, $0-40
	CONVERT(4, NARROW, LONE)

// Bytes to float64, for booleans.
#undef DOUBLE
#define DOUBLE 1
#define TODOUBLES \
	FMOVD.P 8(R1), F4; \
	EXTEND8(1, 4, 4); \
	EXTEND16(1, 4, 5); \
	HIGH16(1, 4, 6); \
	EXTEND32(1, 5, 0); \
	HIGH32(1, 5, 1); \
	EXTEND32(1, 6, 2); \
	HIGH32(1, 6, 3); \
	TOFLOATS
#define TODOUBLE \
	MOVBU.P 1(R1), R3; \
	SCVTFWD R3, F0; \
	FMOVD.P F0, 8(R0)

TEXT ·fromUint864NEON(SB), NOSPLIT, $0-40
	CONVERT(8, TODOUBLES, TODOUBLE)

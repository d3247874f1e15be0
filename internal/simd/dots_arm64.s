//go:build !noasm

#include "textflag.h"
#include "words_arm64.h"

// The inner products of one vector with four others, which lie a stride of bytes apart. Each
// product has four accumulators, in V0 to V15, which take vectors in turn.
//
//	R0 sums   R1 a   R2-R5 rows   R6 stride   R7 elements left

#define ROW(row, a, b, c, d) \
	VLD1.P 64(row), [V20.B16, V21.B16, V22.B16, V23.B16]; \
	VFMLA  V16.FORM, V20.FORM, a.FORM; \
	VFMLA  V17.FORM, V21.FORM, b.FORM; \
	VFMLA  V18.FORM, V22.FORM, c.FORM; \
	VFMLA  V19.FORM, V23.FORM, d.FORM

// PART multiplies a vector or an element of a row.
#define PART(MOV, bytes, row, sum) \
	MOV.P bytes(row), F20; \
	VFMLA V16.FORM, V20.FORM, sum.FORM

#define ZERO(a, b, c, d) \
	VEOR a.B16, a.B16, a.B16; \
	VEOR b.B16, b.B16, b.B16; \
	VEOR c.B16, c.B16, c.B16; \
	VEOR d.B16, d.B16, d.B16

// JOIN adds up the accumulators from V(a) on, and PAIRS sets V(d) to sums of two lanes.
#define JOIN(a) \
	VECTOR2(FADD, a, a+1, a); \
	VECTOR2(FADD, a+2, a+3, a+2); \
	VECTOR2(FADD, a, a+2, a)
#define FADDP 0x6E20D400
#define PAIRS(a, b, d) VECTOR2(FADDP, a, b, d)

#define DOTS \
	MOVD sums+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD rows+16(FP), R2; \
	MOVD stride+24(FP), R6; \
	MOVD n+32(FP), R7; \
	ADD  R6, R2, R3; \
	ADD  R6, R3, R4; \
	ADD  R6, R4, R5; \
	ZERO(V0, V1, V2, V3); \
	ZERO(V4, V5, V6, V7); \
	ZERO(V8, V9, V10, V11); \
	ZERO(V12, V13, V14, V15); \
blocks: \
	SUBS   $(4*LANES), R7; \
	BLT    vectors; \
	VLD1.P 64(R1), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	ROW(R2, V0, V1, V2, V3); \
	ROW(R3, V4, V5, V6, V7); \
	ROW(R4, V8, V9, V10, V11); \
	ROW(R5, V12, V13, V14, V15); \
	B      blocks; \
vectors: \
	ADD $(4*LANES), R7; \
vector: \
	SUBS    $LANES, R7; \
	BLT     rest; \
	FMOVQ.P 16(R1), F16; \
	PART(FMOVQ, 16, R2, V0); \
	PART(FMOVQ, 16, R3, V4); \
	PART(FMOVQ, 16, R4, V8); \
	PART(FMOVQ, 16, R5, V12); \
	B       vector; \
rest: \
	ADDS $LANES, R7; \
	BEQ  join; \
single: \
	MOV1.P SIZE(R1), F16; \
	PART(MOV1, SIZE, R2, V1); \
	PART(MOV1, SIZE, R3, V5); \
	PART(MOV1, SIZE, R4, V9); \
	PART(MOV1, SIZE, R5, V13); \
	SUBS   $1, R7; \
	BNE    single; \
join: \
	JOIN(0); \
	JOIN(4); \
	JOIN(8); \
	JOIN(12); \
	PAIRS(0, 4, 0); \
	PAIRS(8, 12, 1)

#define DOUBLE 0
#define FORM S4
#define SIZE 4
#define LANES 4
#define MOV1 FMOVS

// func dots32NEON(sums, a, rows *byte, stride, n int)
TEXT ·dots32NEON(SB), NOSPLIT, $0-40
	DOTS
	PAIRS(0, 1, 0)
	FMOVQ F0, (R0)
	RET

#undef DOUBLE
#undef FORM
#undef SIZE
#undef LANES
#undef MOV1
#define DOUBLE 1
#define FORM D2
#define SIZE 8
#define LANES 2
#define MOV1 FMOVD

// func dots64NEON(sums, a, rows *byte, stride, n int)
TEXT ·dots64NEON(SB), NOSPLIT, $0-40
	DOTS
	FSTPQ (F0, F1), (R0)
	RET

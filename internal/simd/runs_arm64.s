//go:build !noasm

#include "textflag.h"
#include "words_arm64.h"

// Reductions of neighbors to one vector, whose lanes package simd then reduces. V0 to V3 are
// four of them on the way, so that one step need not wait for the one before.
//
//	R0 lanes   R1 x   R2 elements left

#define START(x) \
	MOVD $x, R3; \
	VDUP R3, V0.D2; \
	VDUP R3, V1.D2; \
	VDUP R3, V2.D2; \
	VDUP R3, V3.D2

#define RUN(op, start, count, READ, LONE) \
	MOVD lanes+0(FP), R0; \
	MOVD x+8(FP), R1; \
	MOVD n+16(FP), R2; \
	START(start); \
vectors: \
	SUBS $count, R2; \
	BLT  rest; \
	READ; \
	VECTOR2(op, 0, 4, 0); \
	VECTOR2(op, 1, 5, 1); \
	VECTOR2(op, 2, 6, 2); \
	VECTOR2(op, 3, 7, 3); \
	B    vectors; \
rest: \
	ADDS $count, R2; \
	BEQ  join; \
single: \
	LONE; \
	VECTOR2(op, 1, 4, 1); \
	SUBS $1, R2; \
	BNE  single; \
join: \
	VECTOR2(op, 0, 1, 0); \
	VECTOR2(op, 2, 3, 2); \
	VECTOR2(op, 0, 2, 0); \
	FMOVQ F0, (R0); \
	RET

#define VECTORS VLD1.P 64(R1), [V4.B16, V5.B16, V6.B16, V7.B16]
#define WIDENED \
	FLDPQ.P 32(R1), (F5, F7); \
	LOWER(5, 4); \
	UPPER(5, 5); \
	LOWER(7, 6); \
	UPPER(7, 7)
#define LONE32 VLD1R.P 4(R1), [V4.S4]
#define LONE64 VLD1R.P 8(R1), [V4.D2]
#define ADDEND32 \
	FMOVS.P 4(R1), F4; \
	FCVTSD  F4, F4
#define ADDEND64 FMOVD.P 8(R1), F4

#define DOUBLE 0

// func maxRun32NEON(lanes, x *byte, n int)
TEXT ·maxRun32NEON(SB), NOSPLIT, $0-24
	RUN(FMAX, 0xFF800000FF800000, 16, VECTORS, LONE32)

// func minRun32NEON(lanes, x *byte, n int)
TEXT ·minRun32NEON(SB), NOSPLIT, $0-24
	RUN(FMIN, 0x7F8000007F800000, 16, VECTORS, LONE32)

#undef DOUBLE
#define DOUBLE 1

// func maxRun64NEON(lanes, x *byte, n int)
TEXT ·maxRun64NEON(SB), NOSPLIT, $0-24
	RUN(FMAX, 0xFFF0000000000000, 8, VECTORS, LONE64)

// func minRun64NEON(lanes, x *byte, n int)
TEXT ·minRun64NEON(SB), NOSPLIT, $0-24
	RUN(FMIN, 0x7FF0000000000000, 8, VECTORS, LONE64)

// Sums are in float64 for both element types.

// func sumRun32NEON(lanes, x *byte, n int)
TEXT ·sumRun32NEON(SB), NOSPLIT, $0-24
	RUN(FADD, 0, 8, WIDENED, ADDEND32)

// func sumRun64NEON(lanes, x *byte, n int)
TEXT ·sumRun64NEON(SB), NOSPLIT, $0-24
	RUN(FADD, 0, 8, VECTORS, ADDEND64)

//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "words_arm64.h"

// The kernels of matrix products: C [rows, cols] = or += the sum over segments s of A_s
// [rows, depth] B_s [depth, cols], with cols at most four vectors. Both element types share
// the body in product_arm64.h, which is written in the macros below.
//
// A tile of C, up to six rows by four vectors, stays in V0 to V23 while the sums run. V24 to
// V29 hold as many elements of each row of A as a vector has, V30 and V31 half a row of B.
//
//	R0 type product   R1 C   R2 A   R3 bytes between rows of A   R4 B   R5 steps left
//	R6 offsets of A_s   R7 segments left   R8-R13 rows of A   R14 rows of the tile

#define ZERO(a, b, c, d) \
	VEOR a.B16, a.B16, a.B16; \
	VEOR b.B16, b.B16, b.B16; \
	VEOR c.B16, c.B16, c.B16; \
	VEOR d.B16, d.B16, d.B16

// LOAD1 to LOAD6 read a vector of as many rows of A, ONE1 to ONE6 a single element.
#define LOAD1 FMOVQ.P 16(R8), F24
#define LOAD2 LOAD1; FMOVQ.P 16(R9), F25
#define LOAD3 LOAD2; FMOVQ.P 16(R10), F26
#define LOAD4 LOAD3; FMOVQ.P 16(R11), F27
#define LOAD5 LOAD4; FMOVQ.P 16(R12), F28
#define LOAD6 LOAD5; FMOVQ.P 16(R13), F29
#define ONE1 MOV1.P SIZE(R8), F24
#define ONE2 ONE1; MOV1.P SIZE(R9), F25
#define ONE3 ONE2; MOV1.P SIZE(R10), F26
#define ONE4 ONE3; MOV1.P SIZE(R11), F27
#define ONE5 ONE4; MOV1.P SIZE(R12), F28
#define ONE6 ONE5; MOV1.P SIZE(R13), F29

// LEFT1 to LEFT6 add element i of as many rows of A times the left half of a row of B to C,
// and RIGHT1 to RIGHT6 the right half.
#define LEFT1(i) MULTIPLY(0, 30, 24, i); MULTIPLY(1, 31, 24, i)
#define LEFT2(i) LEFT1(i); MULTIPLY(4, 30, 25, i); MULTIPLY(5, 31, 25, i)
#define LEFT3(i) LEFT2(i); MULTIPLY(8, 30, 26, i); MULTIPLY(9, 31, 26, i)
#define LEFT4(i) LEFT3(i); MULTIPLY(12, 30, 27, i); MULTIPLY(13, 31, 27, i)
#define LEFT5(i) LEFT4(i); MULTIPLY(16, 30, 28, i); MULTIPLY(17, 31, 28, i)
#define LEFT6(i) LEFT5(i); MULTIPLY(20, 30, 29, i); MULTIPLY(21, 31, 29, i)
#define RIGHT1(i) MULTIPLY(2, 30, 24, i); MULTIPLY(3, 31, 24, i)
#define RIGHT2(i) RIGHT1(i); MULTIPLY(6, 30, 25, i); MULTIPLY(7, 31, 25, i)
#define RIGHT3(i) RIGHT2(i); MULTIPLY(10, 30, 26, i); MULTIPLY(11, 31, 26, i)
#define RIGHT4(i) RIGHT3(i); MULTIPLY(14, 30, 27, i); MULTIPLY(15, 31, 27, i)
#define RIGHT5(i) RIGHT4(i); MULTIPLY(18, 30, 28, i); MULTIPLY(19, 31, 28, i)
#define RIGHT6(i) RIGHT5(i); MULTIPLY(22, 30, 29, i); MULTIPLY(23, 31, 29, i)

// STEP1 to STEP6 multiply element i of as many rows of A by the next row of B.
#define HALF FLDPQ.P 32(R4), (F30, F31)
#define STEP1(i) HALF; LEFT1(i); HALF; RIGHT1(i)
#define STEP2(i) HALF; LEFT2(i); HALF; RIGHT2(i)
#define STEP3(i) HALF; LEFT3(i); HALF; RIGHT3(i)
#define STEP4(i) HALF; LEFT4(i); HALF; RIGHT4(i)
#define STEP5(i) HALF; LEFT5(i); HALF; RIGHT5(i)
#define STEP6(i) HALF; LEFT6(i); HALF; RIGHT6(i)

// SUM sums one segment of a tile: a vector of every row of A at a time, then the rest.
#define SUM(steps, rest, single, LOAD, ONE, STEP) \
steps: \
	SUBS $LANES, R5; \
	BLT  rest; \
	LOAD; \
	EACH(STEP); \
	B    steps; \
rest: \
	ADDS $LANES, R5; \
	BEQ  next; \
single: \
	ONE; \
	STEP(0); \
	SUBS $1, R5; \
	BNE  single; \
	B    next

// ADDROW adds C to a row of sums, and STOREROW writes one to C. R15 are the bytes between
// rows of C, R20 the rows left.
#define ADDROW(a, b, c, d) \
	FLDPQ (R19), (F24, F25); \
	FLDPQ 32(R19), (F26, F27); \
	VECTOR2(FADD, a, 24, a); \
	VECTOR2(FADD, b, 25, b); \
	VECTOR2(FADD, c, 26, c); \
	VECTOR2(FADD, d, 27, d); \
	ADD   R15, R19; \
	SUBS  $1, R20; \
	BEQ   store
#define STOREROW(a, b, c, d) \
	FSTPQ (a, b), (R1); \
	FSTPQ (c, d), 32(R1); \
	ADD   R15, R1; \
	SUBS  $1, R20; \
	BEQ   stored

// MULTIPLY adds the vector V(b) times one lane of V(a) to V(c).
#define MULTIPLY(c, b, a, lane) WORD $(0x4F801000 | (lane&1)<<21 | a<<16 | (lane>>1)<<11 | b<<5 | c)
#define DOUBLE 0
#define SHIFT 2
#define SIZE 4
#define LANES 4
#define EACH(STEP) STEP(0); STEP(1); STEP(2); STEP(3)
#define MOV1 FMOVS
#define ADD1 FADDS

// func product32NEON(p *product)
TEXT ·product32NEON(SB), NOSPLIT, $384-8
	MOVD p+0(FP), R0
#include "product_arm64.h"

#undef MULTIPLY
#undef DOUBLE
#undef SHIFT
#undef SIZE
#undef LANES
#undef EACH
#undef MOV1
#undef ADD1
#define MULTIPLY(c, b, a, lane) WORD $(0x4FC01000 | a<<16 | lane<<11 | b<<5 | c)
#define DOUBLE 1
#define SHIFT 3
#define SIZE 8
#define LANES 2
#define EACH(STEP) STEP(0); STEP(1)
#define MOV1 FMOVD
#define ADD1 FADDD

// func product64NEON(p *product)
TEXT ·product64NEON(SB), NOSPLIT, $384-8
	MOVD p+0(FP), R0
#include "product_arm64.h"

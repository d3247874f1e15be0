//go:build !noasm

#include "go_asm.h"
#include "textflag.h"

// The kernels of depthwise convolution: neighbors of one row of outputs, which sum the same
// taps. Both element types share the body in taps_arm64.h, which is written in the macros
// below.
//
// A block of up to eight outputs is summed at a time, two vectors of channels of each, in V0
// to V15. A weight that is loaded to V16 or V17 serves all outputs of the block; V18 and V19
// hold the input of one output.
//
//	R0 type taps   R1 output   R2 input   R3 weights   R4 bytes between neighboring inputs
//	R5 and outputs   R6 outputs left   R7 offsets of inputs   R8 and weights   R9 taps left
//	R10 vectors left   R11 input or output   R12 offset   R13 bytes between the first input of
//	all and that of the block   R14 and outputs

#define ZERO1(a) VEOR a.B16, a.B16, a.B16
#define ZERO2(a, b) ZERO1(a); ZERO1(b)
#define STORE1(a) VST1.P [a.FORM], (R11)(R5)
#define STORE2(a, b) VST1.P [a.FORM, b.FORM], (R11)(R5)
#define WEIGHT1 VLD1 (R12), [V16.FORM]
#define WEIGHT2 VLD1 (R12), [V16.FORM, V17.FORM]

// TAP1 and TAP2 add the product of an input with the weights to the sums of one output, and
// go on to the next input.
#define TAP1(a) VLD1.P (R11)(R4), [V18.FORM]; VFMLA V18.FORM, V16.FORM, a.FORM
#define TAP2(a, b) \
	VLD1.P (R11)(R4), [V18.FORM, V19.FORM]; \
	VFMLA  V18.FORM, V16.FORM, a.FORM; \
	VFMLA  V19.FORM, V17.FORM, b.FORM

// ROW1 and ROW2 do something with the sums of each of a block's outputs.
#define ROW1x1(DO) DO(V0)
#define ROW1x4(DO) DO(V0); DO(V2); DO(V4); DO(V6)
#define ROW1x8(DO) ROW1x4(DO); DO(V8); DO(V10); DO(V12); DO(V14)
#define ROW2x1(DO) DO(V0, V1)
#define ROW2x4(DO) DO(V0, V1); DO(V2, V3); DO(V4, V5); DO(V6, V7)
#define ROW2x8(DO) ROW2x4(DO); DO(V8, V9); DO(V10, V11); DO(V12, V13); DO(V14, V15)

// SUM computes n vectors of each output of a block.
#define SUM(n, tap, ROW, ZERO, WEIGHT, TAP, STORE) \
	ROW(ZERO); \
	MOVD   taps_from(R0), R7; \
	MOVD   taps_weight(R0), R8; \
	MOVD   taps_taps(R0), R9; \
tap: \
	MOVD.P 8(R8), R12; \
	ADD    R12<<SHIFT, R3, R12; \
	WEIGHT; \
	MOVD.P 8(R7), R11; \
	ADD    R11<<SHIFT, R2, R11; \
	ROW(TAP); \
	SUBS   $1, R9; \
	BNE    tap; \
	MOVD   R1, R11; \
	ROW(STORE); \
	ADD    $(16*n), R1; \
	ADD    $(16*n), R2; \
	ADD    $(16*n), R3

// BLOCK computes all vectors of a block of count outputs, and goes on to the next block.
#define BLOCK(count, pairs, pair, odd, single, done, TWO, ONE) \
	MOVD taps_out(R0), R1; \
	ADD  R14, R1; \
	MOVD taps_in(R0), R2; \
	ADD  R13, R2; \
	MOVD taps_weights(R0), R3; \
	MOVD taps_vectors(R0), R10; \
pairs: \
	SUBS $2, R10; \
	BLT  odd; \
	SUM(2, pair, TWO, ZERO2, WEIGHT2, TAP2, STORE2); \
	B    pairs; \
odd: \
	ADDS $2, R10; \
	BEQ  done; \
	SUM(1, single, ONE, ZERO1, WEIGHT1, TAP1, STORE1); \
done: \
	MOVD $count, R12; \
	MADD R4, R13, R12, R13; \
	MADD R5, R14, R12, R14; \
	SUB  $count, R6; \
	B    blocks

// SUMS is the body of a kernel.
#define SUMS \
	MOVD taps_inStep(R0), R4; \
	MOVD taps_outStep(R0), R5; \
	MOVD taps_count(R0), R6; \
	MOVD $0, R13; \
	MOVD $0, R14; \
blocks: \
	CMP  $8, R6; \
	BGE  block8; \
	CMP  $4, R6; \
	BGE  block4; \
	CBNZ R6, block1; \
	RET; \
block8: \
	BLOCK(8, pairs8, pair8, odd8, single8, done8, ROW2x8, ROW1x8); \
block4: \
	BLOCK(4, pairs4, pair4, odd4, single4, done4, ROW2x4, ROW1x4); \
block1: \
	BLOCK(1, pairs1, pair1, odd1, single1, done1, ROW2x1, ROW1x1)

#define SHIFT 2
#define FORM S4

// func taps32NEON(t *taps)
TEXT ·taps32NEON(SB), NOSPLIT, $0-8
	MOVD t+0(FP), R0
	SUMS

#undef SHIFT
#undef FORM
#define SHIFT 3
#define FORM D2

// func taps64NEON(t *taps)
TEXT ·taps64NEON(SB), NOSPLIT, $0-8
	MOVD t+0(FP), R0
	SUMS

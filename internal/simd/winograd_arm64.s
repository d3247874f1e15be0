//go:build !noasm

#include "go_asm.h"
#include "textflag.h"
#include "words_arm64.h"

// The transforms of Winograd's F(2x2, 3x3): of a patch of 4x4 inputs to 16 values,
//
//	V = B'd B,  B' = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1],
//
// and of 16 sums to 2x2 outputs,
//
//	Y = A'm A,  A' = [1 1 1 0; 0 1 -1 -1].
//
// V0 to V15 hold what is read, row by row.
//
//	R0 type patches   R1-R4 rows that are read   R5 bytes between their columns   R6 result
//	R7 bytes between its rows, R8 and columns   R9 vectors left   R10 patches left
//	R11 bytes between the first patch that is read and this one, R12 and results
//	R13, R14 where to read and to write

// LOADROW reads a row of four vectors.
#define LOADROW(row, a, b, c, d) \
	MOVD   row, R13; \
	VLD1.P (R13)(R5), [a.B16]; \
	VLD1.P (R13)(R5), [b.B16]; \
	VLD1.P (R13)(R5), [c.B16]; \
	VLD1   (R13), [d.B16]

// ROWS combines the vectors of two rows of four that lie from V(a) and V(b) on.
#define ROWS(op, a, b, d) \
	VECTOR2(op, a, b, d); \
	VECTOR2(op, a+1, b+1, d+1); \
	VECTOR2(op, a+2, b+2, d+2); \
	VECTOR2(op, a+3, b+3, d+3)

// INROW multiplies the row from V(a) on by B, and writes it.
#define INROW(a) \
	VECTOR2(FSUB, a, a+2, 24); \
	VECTOR2(FADD, a+1, a+2, 25); \
	VECTOR2(FSUB, a+2, a+1, 26); \
	VECTOR2(FSUB, a+1, a+3, 27); \
	VST1.P [V24.B16], (R14)(R8); \
	VST1.P [V25.B16], (R14)(R8); \
	VST1.P [V26.B16], (R14)(R8); \
	VST1.P [V27.B16], (R14)(R8)

#define IN \
	ROWS(FADD, 4, 8, 16); \
	ROWS(FSUB, 8, 4, 20); \
	ROWS(FSUB, 0, 8, 0); \
	ROWS(FSUB, 4, 12, 12); \
	MOVD R6, R14; \
	INROW(0); \
	INROW(16); \
	INROW(20); \
	INROW(12)

// OUTROW multiplies the row from V(a) on by A, and writes it.
#define OUTROW(a) \
	VECTOR2(FADD, a, a+1, 24); \
	VECTOR2(FADD, 24, a+2, 24); \
	VECTOR2(FSUB, a+1, a+2, 25); \
	VECTOR2(FSUB, 25, a+3, 25); \
	MOVD   R14, R13; \
	VST1.P [V24.B16], (R13)(R8); \
	VST1   [V25.B16], (R13); \
	ADD    R7, R14

#define OUT \
	ROWS(FADD, 0, 4, 0); \
	ROWS(FADD, 0, 8, 0); \
	ROWS(FSUB, 4, 8, 4); \
	ROWS(FSUB, 4, 12, 4); \
	MOVD R6, R14; \
	OUTROW(0); \
	OUTROW(4)

#define PATCHES(TRANSFORM) \
	MOVD patches_inCol(R0), R5; \
	MOVD patches_outRow(R0), R7; \
	MOVD patches_outCol(R0), R8; \
	MOVD patches_count(R0), R10; \
	MOVD $0, R11; \
	MOVD $0, R12; \
patch: \
	MOVD patches_in(R0), R1; \
	ADD  R11, R1; \
	MOVD patches_inRow(R0), R13; \
	ADD  R13, R1, R2; \
	ADD  R13, R2, R3; \
	ADD  R13, R3, R4; \
	MOVD patches_out(R0), R6; \
	ADD  R12, R6; \
	MOVD patches_vectors(R0), R9; \
vector: \
	LOADROW(R1, V0, V1, V2, V3); \
	LOADROW(R2, V4, V5, V6, V7); \
	LOADROW(R3, V8, V9, V10, V11); \
	LOADROW(R4, V12, V13, V14, V15); \
	TRANSFORM; \
	ADD  $16, R1; \
	ADD  $16, R2; \
	ADD  $16, R3; \
	ADD  $16, R4; \
	ADD  $16, R6; \
	SUBS $1, R9; \
	BNE  vector; \
	MOVD patches_inNext(R0), R13; \
	ADD  R13, R11; \
	MOVD patches_outNext(R0), R13; \
	ADD  R13, R12; \
	SUBS $1, R10; \
	BNE  patch; \
	RET

#define DOUBLE 0

// func winogradIn32NEON(p *patches)
TEXT ·winogradIn32NEON(SB), NOSPLIT, $0-8
	MOVD p+0(FP), R0
	PATCHES(IN)

// func winogradOut32NEON(p *patches)
TEXT ·winogradOut32NEON(SB), NOSPLIT, $0-8
	MOVD p+0(FP), R0
	PATCHES(OUT)

#undef DOUBLE
#define DOUBLE 1

// func winogradIn64NEON(p *patches)
TEXT ·winogradIn64NEON(SB), NOSPLIT, $0-8
	MOVD p+0(FP), R0
	PATCHES(IN)

// func winogradOut64NEON(p *patches)
TEXT ·winogradOut64NEON(SB), NOSPLIT, $0-8
	MOVD p+0(FP), R0
	PATCHES(OUT)

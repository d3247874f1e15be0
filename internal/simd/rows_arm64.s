//go:build !noasm

#include "textflag.h"
#include "words_arm64.h"

// Sums of rows that lie a stride of bytes apart, four at a time, so that the sums are read
// and written less often, and one at a time.
//
//	R0 sums   R1-R4 rows   R5 stride   R6 factors   R7 elements left

#define EACH1(DO) DO(R1, V28)
#define EACH4(DO) DO(R1, V28); DO(R2, V29); DO(R3, V30); DO(R4, V31)
#define FACTOR(row, f) VLD1R.P SIZE(R6), [f.FORM]

// MULTIPLES and MULTIPLE add multiples of two vectors of a row, and of one element.
#define MULTIPLES(row, f) \
	FLDPQ.P 32(row), (F2, F3); \
	VFMLA f.FORM, V2.FORM, V0.FORM; \
	VFMLA f.FORM, V3.FORM, V1.FORM
#define MULTIPLE(row, f) \
	MOV1.P SIZE(row), F2; \
	VFMLA  f.FORM, V2.FORM, V0.FORM

// POINT sets the pointers.
#define POINT \
	MOVD sums+0(FP), R0; \
	MOVD rows+8(FP), R1; \
	MOVD stride+16(FP), R5; \
	ADD  R5, R1, R2; \
	ADD  R5, R2, R3; \
	ADD  R5, R3, R4

// ADDROWS adds multiples of rows to sums.
#define ADDROWS(EACH) \
	POINT; \
	MOVD factors+24(FP), R6; \
	MOVD n+32(FP), R7; \
	EACH(FACTOR); \
vectors: \
	SUBS    $(2*LANES), R7; \
	BLT     rest; \
	FLDPQ   (R0), (F0, F1); \
	EACH(MULTIPLES); \
	FSTPQ.P (F0, F1), 32(R0); \
	B       vectors; \
rest: \
	ADDS $(2*LANES), R7; \
	BEQ  done; \
single: \
	MOV1   (R0), F0; \
	EACH(MULTIPLE); \
	MOV1.P F0, SIZE(R0); \
	SUBS   $1, R7; \
	BNE    single; \
done: \
	RET

// PLUS1 and PLUS2 add one and two vectors of float64.
#define PLUS1(a, b, d) WORD $(FADD | 1<<22 | (b)<<16 | (a)<<5 | (d))
#define PLUS2(a, b, d) PLUS1(a, b, d); PLUS1(a+1, b+1, d+1)

// COMBINE1 makes a sum of one row, in F2, and COMBINE4 of four, in F2, F4, F6 and F8; PLUS
// adds as many vectors as there are in each.
#define COMBINE1(PLUS) PLUS(0, 2, 0)
#define COMBINE4(PLUS) PLUS(2, 4, 2); PLUS(6, 8, 6); PLUS(2, 6, 2); PLUS(0, 2, 0)
#define READ1(DO) DO(R1, F2, F3, 2, 3)
#define READ4(DO) DO(R1, F2, F3, 2, 3); DO(R2, F4, F5, 4, 5); DO(R3, F6, F7, 6, 7); DO(R4, F8, F9, 8, 9)

// SUMROWS adds rows to sums in float64, as sum + ((first + second) + (third + fourth)).
// DOUBLES reads four elements of a row, LONE reads one.
#define SUMROWS(READ, COMBINE) \
	POINT; \
	MOVD n+24(FP), R7; \
vectors: \
	SUBS    $4, R7; \
	BLT     rest; \
	FLDPQ   (R0), (F0, F1); \
	READ(DOUBLES); \
	COMBINE(PLUS2); \
	FSTPQ.P (F0, F1), 32(R0); \
	B       vectors; \
rest: \
	ADDS $4, R7; \
	BEQ  done; \
single: \
	FMOVD   (R0), F0; \
	READ(LONE); \
	COMBINE(PLUS1); \
	FMOVD.P F0, 8(R0); \
	SUBS    $1, R7; \
	BNE     single; \
done: \
	RET

#define FORM S4
#define SIZE 4
#define LANES 4
#define MOV1 FMOVS
#define DOUBLES(row, x, both, a, b) \
	FMOVQ.P 16(row), both; \
	LOWER(b, a); \
	UPPER(b, b)
#define LONE(row, x, y, a, b) \
	FMOVS.P 4(row), x; \
	FCVTSD  x, x

// func addRowsFour32NEON(sums, rows *byte, stride int, factors *byte, n int)
TEXT ·addRowsFour32NEON(SB), NOSPLIT, $0-40
	ADDROWS(EACH4)

// func addRowsOne32NEON(sums, rows *byte, stride int, factors *byte, n int)
TEXT ·addRowsOne32NEON(SB), NOSPLIT, $0-40
	ADDROWS(EACH1)

// func sumRowsFour32NEON(sums, rows *byte, stride, n int)
TEXT ·sumRowsFour32NEON(SB), NOSPLIT, $0-32
	SUMROWS(READ4, COMBINE4)

// func sumRowsOne32NEON(sums, rows *byte, stride, n int)
TEXT ·sumRowsOne32NEON(SB), NOSPLIT, $0-32
	SUMROWS(READ1, COMBINE1)

#undef FORM
#undef SIZE
#undef LANES
#undef MOV1
#undef DOUBLES
#undef LONE
#define FORM D2
#define SIZE 8
#define LANES 2
#define MOV1 FMOVD
#define DOUBLES(row, x, y, a, b) FLDPQ.P 32(row), (x, y)
#define LONE(row, x, y, a, b) FMOVD.P 8(row), x

// func addRowsFour64NEON(sums, rows *byte, stride int, factors *byte, n int)
TEXT ·addRowsFour64NEON(SB), NOSPLIT, $0-40
	ADDROWS(EACH4)

// func addRowsOne64NEON(sums, rows *byte, stride int, factors *byte, n int)
TEXT ·addRowsOne64NEON(SB), NOSPLIT, $0-40
	ADDROWS(EACH1)

// func sumRowsFour64NEON(sums, rows *byte, stride, n int)
TEXT ·sumRowsFour64NEON(SB), NOSPLIT, $0-32
	SUMROWS(READ4, COMBINE4)

// func sumRowsOne64NEON(sums, rows *byte, stride, n int)
TEXT ·sumRowsOne64NEON(SB), NOSPLIT, $0-32
	SUMROWS(READ1, COMBINE1)

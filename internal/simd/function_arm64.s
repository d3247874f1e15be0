//go:build !noasm

#include "textflag.h"
#include "words_arm64.h"

// Functions of float32, computed in float64 lanes: their errors before the last rounding
// stay below 2^-36, so that the result is the nearest float32 except where the exact value
// lies that close to the middle of two. The formulas are those of _asm/functions.go.
//
// Four elements are computed at a time, two in V0 and two in V1. The other registers come in
// such pairs too, and a pair goes by the number of its first register.
//
//	R0 dst   R1 a   R2 elements left   R3 numbers

// Where the numbers lie, each two times.
#define NOTHING 0 // 0
#define ONE 16 // 1
#define TWO 32 // 2
#define TWENTY 48 // 20
#define LOW 64 // -104
#define HIGH 80 // 89
#define HIGHER 96 // 104
#define SHIFTER 112 // 3<<51
#define LOG2E 128 // 1/ln 2
#define LN2 144 // ln 2
#define TERM2 160 // 1/2!
#define TERM3 176 // 1/3!
#define TERM4 192 // 1/4!
#define TERM5 208 // 1/5!
#define TERM6 224 // 1/6!
#define TERM7 240 // 1/7!
#define TERM8 256 // 1/8!
#define TERM9 272 // 1/9!
#define TERM10 288 // 1/10!
#define SERIES3 304 // 2/3
#define SERIES5 320 // 2/5
#define SERIES7 336 // 2/7
#define SERIES9 352 // 2/9
#define SERIES11 368 // 2/11
#define SERIES13 384 // 2/13
#define SIGN 400 // the bit of the sign
#define OFFSET 416 // the bits of 1 less those of sqrt(1/2)
#define ROOT 432 // the bits of sqrt(1/2)
#define MANTISSA 448 // the bits of a mantissa
#define WHOLE 464 // 1<<52
#define EXPONENT 480 // 1<<52 + 1023
#define INFINITE 496 // +Inf
#define LEAST 512 // -Inf
#define NOTANUMBER 528 // NaN

#define NUMBER(at, x) DATA numbers<>+at(SB)/8, x; DATA numbers<>+(at+8)(SB)/8, x
NUMBER(NOTHING, $0x0000000000000000)
NUMBER(ONE, $0x3FF0000000000000)
NUMBER(TWO, $0x4000000000000000)
NUMBER(TWENTY, $0x4034000000000000)
NUMBER(LOW, $0xC05A000000000000)
NUMBER(HIGH, $0x4056400000000000)
NUMBER(HIGHER, $0x405A000000000000)
NUMBER(SHIFTER, $0x4338000000000000)
NUMBER(LOG2E, $0x3FF71547652B82FE)
NUMBER(LN2, $0x3FE62E42FEFA39EF)
NUMBER(TERM2, $0x3FE0000000000000)
NUMBER(TERM3, $0x3FC5555555555555)
NUMBER(TERM4, $0x3FA5555555555555)
NUMBER(TERM5, $0x3F81111111111111)
NUMBER(TERM6, $0x3F56C16C16C16C17)
NUMBER(TERM7, $0x3F2A01A01A01A01A)
NUMBER(TERM8, $0x3EFA01A01A01A01A)
NUMBER(TERM9, $0x3EC71DE3A556C734)
NUMBER(TERM10, $0x3E927E4FB7789F5C)
NUMBER(SERIES3, $0x3FE5555555555555)
NUMBER(SERIES5, $0x3FD999999999999A)
NUMBER(SERIES7, $0x3FD2492492492492)
NUMBER(SERIES9, $0x3FCC71C71C71C71C)
NUMBER(SERIES11, $0x3FC745D1745D1746)
NUMBER(SERIES13, $0x3FC3B13B13B13B14)
NUMBER(SIGN, $0x8000000000000000)
NUMBER(OFFSET, $0x00095F619980C433)
NUMBER(ROOT, $0x3FE6A09E667F3BCD)
NUMBER(MANTISSA, $0x000FFFFFFFFFFFFF)
NUMBER(WHOLE, $0x4330000000000000)
NUMBER(EXPONENT, $0x43300000000003FF)
NUMBER(INFINITE, $0x7FF0000000000000)
NUMBER(LEAST, $0xFFF0000000000000)
NUMBER(NOTANUMBER, $0x7FF8000000000001)
GLOBL numbers<>(SB), RODATA|NOPTR, $544

// SET puts a number into a pair. FLOAT1 and FLOAT2 compute floats from one and two pairs,
// and FLOATNUMBER from a pair and a number; BITS1, BITS2 and BITSNUMBER whole numbers and
// bits.
#define SET(number, x, y) FMOVQ number(R3), x; FMOVQ number(R3), y
#define BITS1(op, a, d) WORD $(op | (a)<<5 | (d)); WORD $(op | (a+1)<<5 | (d+1))
#define BITS2(op, a, b, d) WORD $(op | (b)<<16 | (a)<<5 | (d)); WORD $(op | (b+1)<<16 | (a+1)<<5 | (d+1))
#define BITSNUMBER(op, a, number, d) \
	FMOVQ number(R3), F30; \
	WORD $(op | 30<<16 | (a)<<5 | (d)); \
	WORD $(op | 30<<16 | (a+1)<<5 | (d+1))
#define FLOAT1(op, a, d) BITS1(op|1<<22, a, d)
#define FLOAT2(op, a, b, d) BITS2(op|1<<22, a, b, d)
#define FLOATNUMBER(op, a, number, d) BITSNUMBER(op|1<<22, a, number, d)
#define COPY(a, d) BITS2(ORR, a, a, d)

#define AND 0x4E201C00
#define ORR 0x4EA01C00
#define ADD64 0x4EE08400
#define LEFT52 0x4F745400
#define RIGHT52 0x6F4C0400
#define WHERE 0x6EA01C00 // BIT: sets d to a where b has ones
#define UNLESS 0x6EE01C00 // BIF: sets d to a where b has zeros

// CLAMP brings pair 0 into a range, and leaves NaN.
#define CLAMP(low, high) \
	FLOATNUMBER(FMAX, 0, low, 0); \
	FLOATNUMBER(FMIN, 0, high, 0)

// POWER splits exp(x), x being pair 0, into scale (1 + rest), pairs 2 and 10: scale is 2^n, n
// the whole number nearest to x/ln 2, and rest exp(r) - 1, r = x - n ln 2, by its Taylor
// series. The sum of n and SHIFTER has n in its last bits.
#define POWER \
	SET(SHIFTER, F2, F3); \
	FLOATNUMBER(FMLA, 0, LOG2E, 2); \
	FLOATNUMBER(FSUB, 2, SHIFTER, 8); \
	COPY(0, 10); \
	FLOATNUMBER(FMLS, 8, LN2, 10); \
	BITS1(LEFT52, 2, 2); \
	BITSNUMBER(ADD64, 2, ONE, 2); \
	SET(TERM10, F4, F5); \
	TERMS(TERM9, TERM8); \
	TERMS(TERM7, TERM6); \
	TERMS(TERM5, TERM4); \
	TERMS(TERM3, TERM2); \
	FLOAT2(FMUL, 10, 10, 6); \
	FLOAT2(FMLA, 4, 6, 10)

// TERMS sets pair 4, a polynomial in pair 10, to (4*10 + first)*10 + second.
#define TERMS(first, second) \
	SET(first, F6, F7); \
	FLOAT2(FMLA, 4, 10, 6); \
	SET(second, F4, F5); \
	FLOAT2(FMLA, 6, 10, 4)

// MINUSONE sets pair 6 to scale (1 + rest) - 1, as exact as rest for small x.
#define MINUSONE \
	FLOATNUMBER(FSUB, 2, ONE, 6); \
	FLOAT2(FMLA, 10, 2, 6)

// SIGNED gives pair 6 the sign of pair 12, which a sum loses when it is zero.
#define SIGNED \
	BITSNUMBER(AND, 12, SIGN, 12); \
	BITS2(ORR, 6, 12, 6)

// EXP is 0 or infinite in float32 beyond the limits. It leaves its result in pair 2.
#define EXP \
	CLAMP(LOW, HIGH); \
	POWER; \
	FLOAT2(FMLA, 10, 2, 2)

// The next ones leave it in pair 6.
#define EXPM1 \
	COPY(0, 12); \
	CLAMP(LOW, HIGH); \
	POWER; \
	MINUSONE; \
	SIGNED

// LOGISTIC needs no case for either sign: exp(104) is far from too large for float64.
#define LOGISTIC \
	FLOAT1(FNEG, 0, 0); \
	CLAMP(LOW, HIGHER); \
	POWER; \
	FLOAT2(FMLA, 10, 2, 2); \
	FLOATNUMBER(FADD, 2, ONE, 2); \
	SET(ONE, F6, F7); \
	FLOAT2(FDIV, 6, 2, 6)

// TANH is (exp(2|x|) - 1) / (exp(2|x|) + 1) with the sign of x.
#define TANH \
	COPY(0, 12); \
	FLOAT1(FABS, 0, 0); \
	FLOATNUMBER(FMIN, 0, TWENTY, 0); \
	FLOAT2(FADD, 0, 0, 0); \
	POWER; \
	MINUSONE; \
	FLOATNUMBER(FADD, 6, TWO, 4); \
	FLOAT2(FDIV, 6, 4, 6); \
	SIGNED

#define RSQRT \
	FLOAT1(FSQRT, 0, 0); \
	SET(ONE, F6, F7); \
	FLOAT2(FDIV, 6, 0, 6)

// LOG takes x apart into m 2^n, m from sqrt(1/2) to sqrt(2), and adds n ln 2, n being pair 2,
// to log m = 2 artanh s, s = (m - 1)/(m + 1), pair 8, by its series in s^2, pair 10. Zeros
// give -Inf, +Inf and NaN stay, and what is negative gives NaN.
#define LOG \
	BITSNUMBER(ADD64, 0, OFFSET, 4); \
	BITS1(RIGHT52, 4, 2); \
	BITSNUMBER(ORR, 2, WHOLE, 2); \
	FLOATNUMBER(FSUB, 2, EXPONENT, 2); \
	BITSNUMBER(AND, 4, MANTISSA, 4); \
	BITSNUMBER(ADD64, 4, ROOT, 4); \
	FLOATNUMBER(FADD, 4, ONE, 6); \
	FLOATNUMBER(FSUB, 4, ONE, 8); \
	FLOAT2(FDIV, 8, 6, 8); \
	FLOAT2(FMUL, 8, 8, 10); \
	SET(SERIES13, F4, F5); \
	TERMS(SERIES11, SERIES9); \
	TERMS(SERIES7, SERIES5); \
	TERMS(SERIES3, TWO); \
	FLOAT2(FMUL, 4, 8, 6); \
	FLOATNUMBER(FMLA, 2, LN2, 6); \
	SET(NOTHING, F4, F5); \
	FLOAT2(FCMEQ, 0, 4, 8); \
	SET(LEAST, F10, F11); \
	BITS2(WHERE, 10, 8, 6); \
	FLOAT2(FCMGT, 4, 0, 8); \
	SET(NOTANUMBER, F10, F11); \
	BITS2(WHERE, 10, 8, 6); \
	SET(INFINITE, F10, F11); \
	FLOAT2(FCMGT, 10, 0, 8); \
	BITS2(UNLESS, 0, 8, 6)

// EACH computes all elements: with FOUR between READ and WRITE of four, with LONE between
// READ1 and WRITE1 of one. Both leave their result in pair y.
#define EACH(FOUR, LONE, y) \
	MOVD $numbers<>(SB), R3; \
vectors: \
	SUBS $4, R2; \
	BLT  rest; \
	READ; \
	FOUR; \
	WRITE(y); \
	B    vectors; \
rest: \
	ADDS $4, R2; \
	BEQ  done; \
single: \
	READ1; \
	LONE; \
	WRITE1(y); \
	SUBS $1, R2; \
	BNE  single; \
done:

#define FUNCTION(COMPUTE, y) \
	MOVD dst+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD n+32(FP), R2; \
	EACH(COMPUTE, COMPUTE, y); \
	RET

#define READ \
	FMOVQ.P 16(R1), F1; \
	LOWER(1, 0); \
	UPPER(1, 1)
#define READ1 \
	FMOVS.P 4(R1), F0; \
	LOWER(0, 0)
#define WRITE(y) \
	NARROWLOWER(y, 0); \
	NARROWUPPER(y+1, 0); \
	FMOVQ.P F0, 16(R0)
#define WRITE1(y) \
	NARROWLOWER(y, 0); \
	FMOVS.P F0, 4(R0)

TEXT ·exp32NEON(SB), NOSPLIT, $0-40
	FUNCTION(EXP, 2)

TEXT ·expm132NEON(SB), NOSPLIT, $0-40
	FUNCTION(EXPM1, 6)

TEXT ·log32NEON(SB), NOSPLIT, $0-40
	FUNCTION(LOG, 6)

TEXT ·logistic32NEON(SB), NOSPLIT, $0-40
	FUNCTION(LOGISTIC, 6)

TEXT ·tanh32NEON(SB), NOSPLIT, $0-40
	FUNCTION(TANH, 6)

TEXT ·rsqrt32NEON(SB), NOSPLIT, $0-40
	FUNCTION(RSQRT, 6)

// EXPFOUR and EXPLONE are exp(x - top), pair 24 being top, and add it up before it is
// rounded: the first in pair 20, the second in V22.
#define EXPFOUR \
	FLOAT2(FSUB, 0, 24, 0); \
	EXP; \
	FLOAT2(FADD, 20, 2, 20)
#define EXPLONE \
	FLOAT2(FSUB, 0, 24, 0); \
	EXP; \
	FADDD F2, F22, F22

// func expSum32NEON(dst, a *byte, n int, top, lanes *byte)
TEXT ·expSum32NEON(SB), NOSPLIT, $0-40
	MOVD  dst+0(FP), R0
	MOVD  a+8(FP), R1
	MOVD  n+16(FP), R2
	MOVD  top+24(FP), R3
	VLD1R (R3), [V24.D2]
	VMOV  V24.B16, V25.B16
	VEOR  V20.B16, V20.B16, V20.B16
	VEOR  V21.B16, V21.B16, V21.B16
	VEOR  V22.B16, V22.B16, V22.B16
	EACH(EXPFOUR, EXPLONE, 2)
	MOVD  lanes+32(FP), R0
	WORD  $(FADD | 1<<22 | 21<<16 | 20<<5 | 20)
	WORD  $(FADD | 1<<22 | 22<<16 | 20<<5 | 20)
	FMOVQ F20, (R0)
	RET

#define SCALE FLOAT2(FMUL, 0, 24, 6)

// func scale32NEON(dst, a *byte, n int, factor *byte)
TEXT ·scale32NEON(SB), NOSPLIT, $0-32
	MOVD  dst+0(FP), R0
	MOVD  a+8(FP), R1
	MOVD  n+16(FP), R2
	MOVD  factor+24(FP), R3
	VLD1R (R3), [V24.D2]
	VMOV  V24.B16, V25.B16
	EACH(SCALE, SCALE, 6)
	RET

#undef READ
#undef READ1
#undef WRITE
#undef WRITE1
#define READ FLDPQ.P 32(R1), (F0, F1)
#define READ1 FMOVD.P 8(R1), F0
#define WRITE(y) FSTPQ.P (F6, F7), 32(R0)
#define WRITE1(y) FMOVD.P F6, 8(R0)

TEXT ·rsqrt64NEON(SB), NOSPLIT, $0-40
	FUNCTION(RSQRT, 6)

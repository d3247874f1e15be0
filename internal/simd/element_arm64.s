//go:build !noasm

#include "textflag.h"
#include "words_arm64.h"

// The kernels of element-wise operations: blocks of four vectors, then single vectors, then
// single elements in the first lane of a vector.
//
//	R0 dst   R1 a   R2 b   R3 c   R4 elements left

// UNARY is the body of an operation on a.
#define UNARY(op) \
	MOVD dst+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD n+32(FP), R4; \
blocks: \
	SUBS   $(4*LANES), R4; \
	BLT    vectors; \
	VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	VECTOR1(op, 0, 0); \
	VECTOR1(op, 1, 1); \
	VECTOR1(op, 2, 2); \
	VECTOR1(op, 3, 3); \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0); \
	B      blocks; \
vectors: \
	ADD $(4*LANES), R4; \
vector: \
	SUBS    $LANES, R4; \
	BLT     singles; \
	FMOVQ.P 16(R1), F0; \
	VECTOR1(op, 0, 0); \
	FMOVQ.P F0, 16(R0); \
	B       vector; \
singles: \
	ADDS $LANES, R4; \
	BEQ  done; \
single: \
	MOV1.P SIZE(R1), F0; \
	VECTOR1(op, 0, 0); \
	MOV1.P F0, SIZE(R0); \
	SUBS   $1, R4; \
	BNE    single; \
done: \
	RET

// BINARY is the body of an operation on a and b.
#define BINARY(op) \
	MOVD dst+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD b+16(FP), R2; \
	MOVD n+32(FP), R4; \
blocks: \
	SUBS   $(4*LANES), R4; \
	BLT    vectors; \
	VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	VLD1.P 64(R2), [V4.B16, V5.B16, V6.B16, V7.B16]; \
	VECTOR2(op, 0, 4, 0); \
	VECTOR2(op, 1, 5, 1); \
	VECTOR2(op, 2, 6, 2); \
	VECTOR2(op, 3, 7, 3); \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0); \
	B      blocks; \
vectors: \
	ADD $(4*LANES), R4; \
vector: \
	SUBS    $LANES, R4; \
	BLT     singles; \
	FMOVQ.P 16(R1), F0; \
	FMOVQ.P 16(R2), F4; \
	VECTOR2(op, 0, 4, 0); \
	FMOVQ.P F0, 16(R0); \
	B       vector; \
singles: \
	ADDS $LANES, R4; \
	BEQ  done; \
single: \
	MOV1.P SIZE(R1), F0; \
	MOV1.P SIZE(R2), F4; \
	VECTOR2(op, 0, 4, 0); \
	MOV1.P F0, SIZE(R0); \
	SUBS   $1, R4; \
	BNE    single; \
done: \
	RET

// COMPARE is the body of a comparison of left and right, which are a and b or the reverse;
// its booleans are turned around where not is 1.
#define COMPARE(op, left, right, not) \
	MOVD  dst+0(FP), R0; \
	MOVD  left, R1; \
	MOVD  right, R2; \
	MOVD  n+32(FP), R4; \
	VMOVI $1, V30.B16; \
	VMOVI $not, V31.B16; \
blocks: \
	SUBS   $(4*LANES), R4; \
	BLT    singles; \
	VLD1.P 64(R1), [V0.B16, V1.B16, V2.B16, V3.B16]; \
	VLD1.P 64(R2), [V4.B16, V5.B16, V6.B16, V7.B16]; \
	VECTOR2(op, 0, 4, 0); \
	VECTOR2(op, 1, 5, 1); \
	VECTOR2(op, 2, 6, 2); \
	VECTOR2(op, 3, 7, 3); \
	NARROW; \
	VAND   V30.B16, V0.B16, V0.B16; \
	VEOR   V31.B16, V0.B16, V0.B16; \
	BYTES; \
	B      blocks; \
singles: \
	ADDS $(4*LANES), R4; \
	BEQ  done; \
single: \
	MOV1.P SIZE(R1), F0; \
	MOV1.P SIZE(R2), F4; \
	VECTOR2(op, 0, 4, 0); \
	VAND   V30.B16, V0.B16, V0.B16; \
	VEOR   V31.B16, V0.B16, V0.B16; \
	VST1.P V0.B[0], 1(R0); \
	SUBS   $1, R4; \
	BNE    single; \
done: \
	RET

// CHOOSE is the body of the choice between b and c.
#define CHOOSE \
	MOVD dst+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD b+16(FP), R2; \
	MOVD c+24(FP), R3; \
	MOVD n+32(FP), R4; \
blocks: \
	SUBS   $(4*LANES), R4; \
	BLT    singles; \
	WIDEN; \
	VLD1.P 64(R2), [V4.B16, V5.B16, V6.B16, V7.B16]; \
	VLD1.P 64(R3), [V16.B16, V17.B16, V18.B16, V19.B16]; \
	VBSL   V16.B16, V4.B16, V0.B16; \
	VBSL   V17.B16, V5.B16, V1.B16; \
	VBSL   V18.B16, V6.B16, V2.B16; \
	VBSL   V19.B16, V7.B16, V3.B16; \
	VST1.P [V0.B16, V1.B16, V2.B16, V3.B16], 64(R0); \
	B      blocks; \
singles: \
	ADDS $(4*LANES), R4; \
	BEQ  done; \
single: \
	MOVBU.P 1(R1), R5; \
	MOV1.P  SIZE(R2), F0; \
	MOV1.P  SIZE(R3), F1; \
	CMP     $0, R5; \
	SELECT1 NE, F0, F1, F0; \
	MOV1.P  F0, SIZE(R0); \
	SUBS    $1, R4; \
	BNE     single; \
done: \
	RET

// RECTIFY is the body of a where a is greater than b, and a times c elsewhere.
#define RECTIFY \
	MOVD dst+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD b+16(FP), R2; \
	MOVD c+24(FP), R3; \
	MOVD n+32(FP), R4; \
vector: \
	SUBS    $LANES, R4; \
	BLT     singles; \
	FMOVQ.P 16(R1), F0; \
	FMOVQ.P 16(R2), F4; \
	FMOVQ.P 16(R3), F5; \
	VECTOR2(FCMGT, 0, 4, 6); \
	VECTOR2(FMUL, 0, 5, 5); \
	VBSL    V5.B16, V0.B16, V6.B16; \
	FMOVQ.P F6, 16(R0); \
	B       vector; \
singles: \
	ADDS $LANES, R4; \
	BEQ  done; \
single: \
	MOV1.P SIZE(R1), F0; \
	MOV1.P SIZE(R2), F4; \
	MOV1.P SIZE(R3), F5; \
	VECTOR2(FCMGT, 0, 4, 6); \
	VECTOR2(FMUL, 0, 5, 5); \
	VBSL   V5.B16, V0.B16, V6.B16; \
	MOV1.P F6, SIZE(R0); \
	SUBS   $1, R4; \
	BNE    single; \
done: \
	RET

// For float32: NARROW makes bytes of the lanes of V0 to V3, which BYTES writes, and WIDEN
// makes lanes of the next booleans.
#define DOUBLE 0
#define SIZE 4
#define LANES 4
#define MOV1 FMOVS
#define SELECT1 FCSELS
#define NARROW \
	VUZP1 V1.H8, V0.H8, V0.H8; \
	VUZP1 V3.H8, V2.H8, V2.H8; \
	VUZP1 V2.B16, V0.B16, V0.B16
#define BYTES FMOVQ.P F0, 16(R0)
#define WIDEN \
	FMOVQ.P 16(R1), F0; \
	VCMTST  V0.B16, V0.B16, V0.B16; \
	VZIP2   V0.B16, V0.B16, V2.B16; \
	VZIP1   V0.B16, V0.B16, V0.B16; \
	VZIP2   V0.H8, V0.H8, V1.H8; \
	VZIP1   V0.H8, V0.H8, V0.H8; \
	VZIP2   V2.H8, V2.H8, V3.H8; \
	VZIP1   V2.H8, V2.H8, V2.H8

TEXT ·add32NEON(SB), NOSPLIT, $0-40
	BINARY(FADD)

TEXT ·sub32NEON(SB), NOSPLIT, $0-40
	BINARY(FSUB)

TEXT ·mul32NEON(SB), NOSPLIT, $0-40
	BINARY(FMUL)

TEXT ·div32NEON(SB), NOSPLIT, $0-40
	BINARY(FDIV)

TEXT ·max32NEON(SB), NOSPLIT, $0-40
	BINARY(FMAX)

TEXT ·min32NEON(SB), NOSPLIT, $0-40
	BINARY(FMIN)

TEXT ·neg32NEON(SB), NOSPLIT, $0-40
	UNARY(FNEG)

TEXT ·abs32NEON(SB), NOSPLIT, $0-40
	UNARY(FABS)

TEXT ·sqrt32NEON(SB), NOSPLIT, $0-40
	UNARY(FSQRT)

TEXT ·ceil32NEON(SB), NOSPLIT, $0-40
	UNARY(FRINTP)

TEXT ·floor32NEON(SB), NOSPLIT, $0-40
	UNARY(FRINTM)

TEXT ·round32NEON(SB), NOSPLIT, $0-40
	UNARY(FRINTN)

TEXT ·equal32NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMEQ, a+8(FP), b+16(FP), 0)

TEXT ·notEqual32NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMEQ, a+8(FP), b+16(FP), 1)

TEXT ·greaterEqual32NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMGE, a+8(FP), b+16(FP), 0)

TEXT ·greater32NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMGT, a+8(FP), b+16(FP), 0)

TEXT ·lessEqual32NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMGE, b+16(FP), a+8(FP), 0)

TEXT ·less32NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMGT, b+16(FP), a+8(FP), 0)

TEXT ·choose32NEON(SB), NOSPLIT, $0-40
	CHOOSE

TEXT ·rectify32NEON(SB), NOSPLIT, $0-40
	RECTIFY

// And for float64.
#undef DOUBLE
#undef SIZE
#undef LANES
#undef MOV1
#undef SELECT1
#undef NARROW
#undef BYTES
#undef WIDEN
#define DOUBLE 1
#define SIZE 8
#define LANES 2
#define MOV1 FMOVD
#define SELECT1 FCSELD
#define NARROW \
	VUZP1 V1.S4, V0.S4, V0.S4; \
	VUZP1 V3.S4, V2.S4, V2.S4; \
	VUZP1 V2.H8, V0.H8, V0.H8; \
	VUZP1 V0.B16, V0.B16, V0.B16
#define BYTES FMOVD.P F0, 8(R0)
#define WIDEN \
	FMOVD.P 8(R1), F0; \
	VCMTST  V0.B16, V0.B16, V0.B16; \
	VZIP1   V0.B16, V0.B16, V0.B16; \
	VZIP2   V0.H8, V0.H8, V2.H8; \
	VZIP1   V0.H8, V0.H8, V0.H8; \
	VZIP2   V0.S4, V0.S4, V1.S4; \
	VZIP1   V0.S4, V0.S4, V0.S4; \
	VZIP2   V2.S4, V2.S4, V3.S4; \
	VZIP1   V2.S4, V2.S4, V2.S4

TEXT ·add64NEON(SB), NOSPLIT, $0-40
	BINARY(FADD)

TEXT ·sub64NEON(SB), NOSPLIT, $0-40
	BINARY(FSUB)

TEXT ·mul64NEON(SB), NOSPLIT, $0-40
	BINARY(FMUL)

TEXT ·div64NEON(SB), NOSPLIT, $0-40
	BINARY(FDIV)

TEXT ·max64NEON(SB), NOSPLIT, $0-40
	BINARY(FMAX)

TEXT ·min64NEON(SB), NOSPLIT, $0-40
	BINARY(FMIN)

TEXT ·neg64NEON(SB), NOSPLIT, $0-40
	UNARY(FNEG)

TEXT ·abs64NEON(SB), NOSPLIT, $0-40
	UNARY(FABS)

TEXT ·sqrt64NEON(SB), NOSPLIT, $0-40
	UNARY(FSQRT)

TEXT ·ceil64NEON(SB), NOSPLIT, $0-40
	UNARY(FRINTP)

TEXT ·floor64NEON(SB), NOSPLIT, $0-40
	UNARY(FRINTM)

TEXT ·round64NEON(SB), NOSPLIT, $0-40
	UNARY(FRINTN)

TEXT ·equal64NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMEQ, a+8(FP), b+16(FP), 0)

TEXT ·notEqual64NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMEQ, a+8(FP), b+16(FP), 1)

TEXT ·greaterEqual64NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMGE, a+8(FP), b+16(FP), 0)

TEXT ·greater64NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMGT, a+8(FP), b+16(FP), 0)

TEXT ·lessEqual64NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMGE, b+16(FP), a+8(FP), 0)

TEXT ·less64NEON(SB), NOSPLIT, $0-40
	COMPARE(FCMGT, b+16(FP), a+8(FP), 0)

TEXT ·choose64NEON(SB), NOSPLIT, $0-40
	CHOOSE

TEXT ·rectify64NEON(SB), NOSPLIT, $0-40
	RECTIFY

// The body of the kernels in product_arm64.s, where its macros and registers are explained.

	MOVD product_c(R0), R1
	MOVD product_a(R0), R2
	MOVD product_lda(R0), R3

tiles:
	MOVD product_rows(R0), R14
	MOVD product_tile(R0), R15
	CMP  R15, R14
	CSEL GT, R15, R14, R14
	ZERO(V0, V1, V2, V3)
	ZERO(V4, V5, V6, V7)
	ZERO(V8, V9, V10, V11)
	ZERO(V12, V13, V14, V15)
	ZERO(V16, V17, V18, V19)
	ZERO(V20, V21, V22, V23)
	MOVD product_b(R0), R4
	MOVD product_taps(R0), R6
	MOVD product_segments(R0), R7

segment:
	MOVD.P 8(R6), R8
	ADD    R8<<SHIFT, R2, R8
	ADD    R3, R8, R9
	ADD    R3, R9, R10
	ADD    R3, R10, R11
	ADD    R3, R11, R12
	ADD    R3, R12, R13
	MOVD   product_depth(R0), R5
	CMP    $5, R14
	BGT    steps6
	BEQ    steps5
	CMP    $3, R14
	BGT    steps4
	BEQ    steps3
	CMP    $1, R14
	BGT    steps2
	SUM(steps1, rest1, single1, LOAD1, ONE1, STEP1)
	SUM(steps2, rest2, single2, LOAD2, ONE2, STEP2)
	SUM(steps3, rest3, single3, LOAD3, ONE3, STEP3)
	SUM(steps4, rest4, single4, LOAD4, ONE4, STEP4)
	SUM(steps5, rest5, single5, LOAD5, ONE5, STEP5)
	SUM(steps6, rest6, single6, LOAD6, ONE6, STEP6)

next:
	SUBS $1, R7
	BNE  segment

	// The tile is summed. R16 tells whether C is added to it, R17 how many columns C has.
	MOVD product_ldc(R0), R15
	MOVD product_accumulate(R0), R16
	MOVD product_cols(R0), R17
	MOVD R14, R20
	CMP  $(4*LANES), R17
	BNE  part
	CBZ  R16, store
	MOVD R1, R19
	ADDROW(0, 1, 2, 3)
	ADDROW(4, 5, 6, 7)
	ADDROW(8, 9, 10, 11)
	ADDROW(12, 13, 14, 15)
	ADDROW(16, 17, 18, 19)
	ADDROW(20, 21, 22, 23)

store:
	MOVD R14, R20
	STOREROW(F0, F1, F2, F3)
	STOREROW(F4, F5, F6, F7)
	STOREROW(F8, F9, F10, F11)
	STOREROW(F12, F13, F14, F15)
	STOREROW(F16, F17, F18, F19)
	STOREROW(F20, F21, F22, F23)

part:
	// C has fewer columns than the tile, which goes there by way of the stack.
	MOVD  $sums-384(SP), R19
	FSTPQ (F0, F1), (R19)
	FSTPQ (F2, F3), 32(R19)
	FSTPQ (F4, F5), 64(R19)
	FSTPQ (F6, F7), 96(R19)
	FSTPQ (F8, F9), 128(R19)
	FSTPQ (F10, F11), 160(R19)
	FSTPQ (F12, F13), 192(R19)
	FSTPQ (F14, F15), 224(R19)
	FSTPQ (F16, F17), 256(R19)
	FSTPQ (F18, F19), 288(R19)
	FSTPQ (F20, F21), 320(R19)
	FSTPQ (F22, F23), 352(R19)

partrow:
	MOVD R19, R21
	MOVD R1, R22
	SUBS $LANES, R17, R23
	BLT  partrest

partvector:
	FMOVQ.P 16(R21), F24
	CBZ     R16, partwhole
	FMOVQ   (R22), F25
	VECTOR2(FADD, 24, 25, 24)

partwhole:
	FMOVQ.P F24, 16(R22)
	SUBS    $LANES, R23
	BGE     partvector

partrest:
	ADDS $LANES, R23
	BEQ  partnext

partsingle:
	MOV1.P SIZE(R21), F24
	CBZ    R16, partelement
	MOV1   (R22), F25
	ADD1   F25, F24, F24

partelement:
	MOV1.P F24, SIZE(R22)
	SUBS   $1, R23
	BNE    partsingle

partnext:
	ADD  $64, R19
	ADD  R15, R1
	SUBS $1, R20
	BNE  partrow

stored:
	MUL  R14, R3, R20
	ADD  R20, R2
	MOVD product_rows(R0), R20
	SUBS R14, R20
	MOVD R20, product_rows(R0)
	BNE  tiles
	RET

// Vector instructions that Go's assembler lacks, as the words that they are with all
// registers V0. Those on floats are the ones on four float32; on two float64 they have the
// bit DOUBLE<<22 too, for a DOUBLE of 1.

#define FADD 0x4E20D400
#define FSUB 0x4EA0D400
#define FMUL 0x6E20DC00
#define FDIV 0x6E20FC00
#define FMLA 0x4E20CC00 // adds the product
#define FMLS 0x4EA0CC00 // subtracts it
#define FMAX 0x4E20F400
#define FMIN 0x4EA0F400
#define FCMEQ 0x4E20E400
#define FCMGE 0x6E20E400
#define FCMGT 0x6EA0E400
#define FNEG 0x6EA0F800
#define FABS 0x4EA0F800
#define FSQRT 0x6EA1F800
#define FRINTP 0x4EA18800
#define FRINTM 0x4E219800
#define FRINTN 0x4E218800

// VECTOR1 sets V(d) to op of V(a), VECTOR2 to op of V(a) and V(b).
#define VECTOR1(op, a, d) WORD $(op | DOUBLE<<22 | (a)<<5 | (d))
#define VECTOR2(op, a, b, d) WORD $(op | DOUBLE<<22 | (b)<<16 | (a)<<5 | (d))

// LOWER sets V(d) to the lower two of the four float32 in V(a) as float64, UPPER to the
// upper two; NARROWLOWER and NARROWUPPER do the reverse.
#define LOWER(a, d) WORD $(0x0E617800 | (a)<<5 | (d))
#define UPPER(a, d) WORD $(0x4E617800 | (a)<<5 | (d))
#define NARROWLOWER(a, d) WORD $(0x0E616800 | (a)<<5 | (d))
#define NARROWUPPER(a, d) WORD $(0x4E616800 | (a)<<5 | (d))

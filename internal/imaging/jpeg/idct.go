package jpeg

// The transform's constants, in units of 1/2^constBits.
const (
	constBits = 13
	passBits  = 2 // kept between the two passes

	c0298 = 2446
	c0390 = 3196
	c0541 = 4433
	c0765 = 6270
	c0899 = 7373
	c1175 = 9633
	c1501 = 12299
	c1847 = 15137
	c1961 = 16069
	c2053 = 16819
	c2562 = 20995
	c3072 = 25172
)

// inverse writes the 8x8 samples of a block to dst, whose lines are stride apart.
func inverse(coefs *[64]int16, quant *[64]uint16, dst []uint8, stride int) {
	var work, in, out [64]int32
	for i, c := range coefs {
		in[i] = int32(c) * int32(quant[i])
	}
	for x := range 8 {
		pass(&in, &work, x, 8, constBits-passBits)
	}
	for y := range 8 {
		pass(&work, &out, 8*y, 1, constBits+passBits+3)
	}
	for y := range 8 {
		line := dst[y*stride:][:8]
		for x := range line {
			line[x] = uint8(max(0, min(out[8*y+x]+128, 255)))
		}
	}
}

// pass transforms the eight values at first, first+step, ... in one dimension, and rounds
// away shift bits.
func pass(in, out *[64]int32, first, step int, shift uint) {
	at := func(i int) int32 { return in[first+i*step] }
	half := int32(1) << (shift - 1)

	// The even part is a transform of four values.
	z := (at(2) + at(6)) * c0541
	e2, e3 := z-at(6)*c1847, z+at(2)*c0765
	e0, e1 := (at(0)+at(4))<<constBits, (at(0)-at(4))<<constBits
	s0, s3, s1, s2 := e0+e3+half, e0-e3+half, e1+e2+half, e1-e2+half

	o0, o1, o2, o3 := at(7), at(5), at(3), at(1)
	z1, z2 := -(o0+o3)*c0899, -(o1+o2)*c2562
	z5 := (o0 + o2 + o1 + o3) * c1175
	z3, z4 := z5-(o0+o2)*c1961, z5-(o1+o3)*c0390
	o0 = o0*c0298 + z1 + z3
	o1 = o1*c2053 + z2 + z4
	o2 = o2*c3072 + z2 + z3
	o3 = o3*c1501 + z1 + z4

	out[first], out[first+7*step] = (s0+o3)>>shift, (s0-o3)>>shift
	out[first+step], out[first+6*step] = (s1+o2)>>shift, (s1-o2)>>shift
	out[first+2*step], out[first+5*step] = (s2+o1)>>shift, (s2-o1)>>shift
	out[first+3*step], out[first+4*step] = (s3+o0)>>shift, (s3-o0)>>shift
}

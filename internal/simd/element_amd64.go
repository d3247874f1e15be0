//go:build !noasm

package simd

// elementKernels are those of AVX2 and AVX-512, for float32 and float64.
var elementKernels = [ops][2][2]elementKernel{
	Add:          {{add32AVX2, add64AVX2}, {add32AVX512, add64AVX512}},
	Sub:          {{sub32AVX2, sub64AVX2}, {sub32AVX512, sub64AVX512}},
	Mul:          {{mul32AVX2, mul64AVX2}, {mul32AVX512, mul64AVX512}},
	Div:          {{div32AVX2, div64AVX2}, {div32AVX512, div64AVX512}},
	Max:          {{max32AVX2, max64AVX2}, {max32AVX512, max64AVX512}},
	Min:          {{min32AVX2, min64AVX2}, {min32AVX512, min64AVX512}},
	Neg:          {{neg32AVX2, neg64AVX2}, {neg32AVX512, neg64AVX512}},
	Abs:          {{abs32AVX2, abs64AVX2}, {abs32AVX512, abs64AVX512}},
	Sqrt:         {{sqrt32AVX2, sqrt64AVX2}, {sqrt32AVX512, sqrt64AVX512}},
	Ceil:         {{ceil32AVX2, ceil64AVX2}, {ceil32AVX512, ceil64AVX512}},
	Floor:        {{floor32AVX2, floor64AVX2}, {floor32AVX512, floor64AVX512}},
	Round:        {{round32AVX2, round64AVX2}, {round32AVX512, round64AVX512}},
	Equal:        {{equal32AVX2, equal64AVX2}, {equal32AVX512, equal64AVX512}},
	NotEqual:     {{notEqual32AVX2, notEqual64AVX2}, {notEqual32AVX512, notEqual64AVX512}},
	GreaterEqual: {{greaterEqual32AVX2, greaterEqual64AVX2}, {greaterEqual32AVX512, greaterEqual64AVX512}},
	Greater:      {{greater32AVX2, greater64AVX2}, {greater32AVX512, greater64AVX512}},
	LessEqual:    {{lessEqual32AVX2, lessEqual64AVX2}, {lessEqual32AVX512, lessEqual64AVX512}},
	Less:         {{less32AVX2, less64AVX2}, {less32AVX512, less64AVX512}},
	Choose:       {{choose32AVX2, choose64AVX2}, {choose32AVX512, choose64AVX512}},
	Rectify:      {{rectify32AVX2, rectify64AVX2}, {rectify32AVX512, rectify64AVX512}},
	Exp:          {{exp32AVX2, nil}, {exp32AVX512, nil}},
	Expm1:        {{expm132AVX2, nil}, {expm132AVX512, nil}},
	Log:          {{log32AVX2, nil}, {log32AVX512, nil}},
	Logistic:     {{logistic32AVX2, nil}, {logistic32AVX512, nil}},
	Tanh:         {{tanh32AVX2, nil}, {tanh32AVX512, nil}},
	Rsqrt:        {{rsqrt32AVX2, rsqrt64AVX2}, {rsqrt32AVX512, rsqrt64AVX512}},
	FromBool:     {{fromBool32AVX2, fromBool64AVX2}, {fromBool32AVX512, fromBool64AVX512}},
	FromUint8:    {{fromUint832AVX2, nil}, {fromUint832AVX512, nil}},
	FromInt8:     {{fromInt832AVX2, nil}, {fromInt832AVX512, nil}},
	FromInt32:    {{fromInt3232AVX2, nil}, {fromInt3232AVX512, nil}},
	FromBFloat16: {{fromBFloat1632AVX2, nil}, {fromBFloat1632AVX512, nil}},
	ToUint8:      {{toUint832AVX2, nil}, {toUint832AVX512, nil}},
	ToInt8:       {{toInt832AVX2, nil}, {toInt832AVX512, nil}},
	ToBFloat16:   {{toBFloat1632AVX2, nil}, {toBFloat1632AVX512, nil}},
	Widen:        {{widen32AVX2, nil}, {widen32AVX512, nil}},
	Narrow:       {{narrow32AVX2, nil}, {narrow32AVX512, nil}},
}

// elementKernelOf returns the kernel of an operation, nil if there is none.
func elementKernelOf(l Level, o Op, size int) elementKernel {
	switch l {
	case AVX2:
		return elementKernels[o][0][size/8]
	case AVX512:
		return elementKernels[o][1][size/8]
	}
	return nil
}

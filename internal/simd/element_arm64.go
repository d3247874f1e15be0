//go:build !noasm

package simd

// elementKernels are those of NEON, for float32 and float64.
var elementKernels = [ops][2]elementKernel{
	Add:          {add32NEON, add64NEON},
	Sub:          {sub32NEON, sub64NEON},
	Mul:          {mul32NEON, mul64NEON},
	Div:          {div32NEON, div64NEON},
	Max:          {max32NEON, max64NEON},
	Min:          {min32NEON, min64NEON},
	Neg:          {neg32NEON, neg64NEON},
	Abs:          {abs32NEON, abs64NEON},
	Sqrt:         {sqrt32NEON, sqrt64NEON},
	Ceil:         {ceil32NEON, ceil64NEON},
	Floor:        {floor32NEON, floor64NEON},
	Round:        {round32NEON, round64NEON},
	Equal:        {equal32NEON, equal64NEON},
	NotEqual:     {notEqual32NEON, notEqual64NEON},
	GreaterEqual: {greaterEqual32NEON, greaterEqual64NEON},
	Greater:      {greater32NEON, greater64NEON},
	LessEqual:    {lessEqual32NEON, lessEqual64NEON},
	Less:         {less32NEON, less64NEON},
	Choose:       {choose32NEON, choose64NEON},
	Rectify:      {rectify32NEON, rectify64NEON},
	Exp:          {exp32NEON, nil},
	Expm1:        {expm132NEON, nil},
	Log:          {log32NEON, nil},
	Logistic:     {logistic32NEON, nil},
	Tanh:         {tanh32NEON, nil},
	Rsqrt:        {rsqrt32NEON, rsqrt64NEON},
	FromBool:     {fromUint832NEON, fromUint864NEON}, // booleans are bytes of 0 and 1
	FromUint8:    {fromUint832NEON, nil},
	FromInt8:     {fromInt832NEON, nil},
	FromInt32:    {fromInt3232NEON, nil},
	FromBFloat16: {fromBFloat1632NEON, nil},
	ToUint8:      {toUint832NEON, nil},
	ToInt8:       {toInt832NEON, nil},
	ToBFloat16:   {toBFloat1632NEON, nil},
	Widen:        {widen32NEON, nil},
	Narrow:       {narrow32NEON, nil},
}

// elementKernelOf returns the kernel of an operation, nil if there is none.
func elementKernelOf(l Level, o Op, size int) elementKernel {
	if l != NEON {
		return nil
	}
	return elementKernels[o][size/8]
}

// The kernels of element_arm64.s.

func add32NEON(dst, a, b, c *byte, n int)
func sub32NEON(dst, a, b, c *byte, n int)
func mul32NEON(dst, a, b, c *byte, n int)
func div32NEON(dst, a, b, c *byte, n int)
func max32NEON(dst, a, b, c *byte, n int)
func min32NEON(dst, a, b, c *byte, n int)
func neg32NEON(dst, a, b, c *byte, n int)
func abs32NEON(dst, a, b, c *byte, n int)
func sqrt32NEON(dst, a, b, c *byte, n int)
func ceil32NEON(dst, a, b, c *byte, n int)
func floor32NEON(dst, a, b, c *byte, n int)
func round32NEON(dst, a, b, c *byte, n int)
func equal32NEON(dst, a, b, c *byte, n int)
func notEqual32NEON(dst, a, b, c *byte, n int)
func greaterEqual32NEON(dst, a, b, c *byte, n int)
func greater32NEON(dst, a, b, c *byte, n int)
func lessEqual32NEON(dst, a, b, c *byte, n int)
func less32NEON(dst, a, b, c *byte, n int)
func choose32NEON(dst, a, b, c *byte, n int)
func rectify32NEON(dst, a, b, c *byte, n int)

func add64NEON(dst, a, b, c *byte, n int)
func sub64NEON(dst, a, b, c *byte, n int)
func mul64NEON(dst, a, b, c *byte, n int)
func div64NEON(dst, a, b, c *byte, n int)
func max64NEON(dst, a, b, c *byte, n int)
func min64NEON(dst, a, b, c *byte, n int)
func neg64NEON(dst, a, b, c *byte, n int)
func abs64NEON(dst, a, b, c *byte, n int)
func sqrt64NEON(dst, a, b, c *byte, n int)
func ceil64NEON(dst, a, b, c *byte, n int)
func floor64NEON(dst, a, b, c *byte, n int)
func round64NEON(dst, a, b, c *byte, n int)
func equal64NEON(dst, a, b, c *byte, n int)
func notEqual64NEON(dst, a, b, c *byte, n int)
func greaterEqual64NEON(dst, a, b, c *byte, n int)
func greater64NEON(dst, a, b, c *byte, n int)
func lessEqual64NEON(dst, a, b, c *byte, n int)
func less64NEON(dst, a, b, c *byte, n int)
func choose64NEON(dst, a, b, c *byte, n int)
func rectify64NEON(dst, a, b, c *byte, n int)

// And those of function_arm64.s.

func exp32NEON(dst, a, b, c *byte, n int)
func expm132NEON(dst, a, b, c *byte, n int)
func log32NEON(dst, a, b, c *byte, n int)
func logistic32NEON(dst, a, b, c *byte, n int)
func tanh32NEON(dst, a, b, c *byte, n int)
func rsqrt32NEON(dst, a, b, c *byte, n int)
func rsqrt64NEON(dst, a, b, c *byte, n int)

// And those of conversion_arm64.s.

func fromUint832NEON(dst, a, b, c *byte, n int)
func fromUint864NEON(dst, a, b, c *byte, n int)
func fromInt832NEON(dst, a, b, c *byte, n int)
func fromInt3232NEON(dst, a, b, c *byte, n int)
func fromBFloat1632NEON(dst, a, b, c *byte, n int)
func toUint832NEON(dst, a, b, c *byte, n int)
func toInt832NEON(dst, a, b, c *byte, n int)
func toBFloat1632NEON(dst, a, b, c *byte, n int)
func widen32NEON(dst, a, b, c *byte, n int)
func narrow32NEON(dst, a, b, c *byte, n int)

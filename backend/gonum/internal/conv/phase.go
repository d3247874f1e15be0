package conv

// phase is a set of outputs that read the same taps, in a dense grid. Without input
// dilation there is one phase.
type phase struct {
	// Outputs: index x of the inner axis, x in [0, inners), for each entry of outerOut.
	inners   int
	outerOut []int // offset of an outer position, at inner index 0
	outInner int   // distance of inner neighbors in the output

	// Taps: every outer tap with every inner one.
	outerTaps, innerTaps int
	outerIn              []int32 // [len(outerOut), outerTaps]: offset in the input, or -1 for a zero
	innerStep            int     // positions that the input moves when x moves by one
	innerAt              []int   // position that each inner tap reads at x = 0
	run                  bool    // the inner taps read neighbors: innerAt rises by one
	offsets              []int   // of the taps in the kernel, outer ones first

	depth int // taps * kernel channels: the length of the sums
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// class is what a phase is along one axis: outputs first, first+period, ... and the taps
// that do not meet inserted zeros.
type class struct {
	outputs []int
	taps    []int
}

// classes divides the outputs of an axis by the taps that they meet.
func (a axis) classes() []class {
	period := a.inDilation / gcd(a.inDilation, a.stride)
	var all []class
	for first := range min(period, a.out) {
		var c class
		for o := first; o < a.out; o += period {
			c.outputs = append(c.outputs, o)
		}
		for k := range a.kernel {
			if (first*a.stride+k*a.kernDilation-a.pad)%a.inDilation == 0 {
				c.taps = append(c.taps, k)
			}
		}
		all = append(all, c)
	}
	return all
}

// phases returns the phases of a layout: the product of the classes of its axes.
func (l layout) phases() []phase {
	choices := [][]class{nil}
	for _, a := range l.spatial {
		var longer [][]class
		for _, chosen := range choices {
			for _, c := range a.classes() {
				longer = append(longer, append(chosen[:len(chosen):len(chosen)], c))
			}
		}
		choices = longer
	}
	var all []phase
	for _, chosen := range choices {
		all = append(all, l.phase(chosen))
	}
	return all
}

// phase works out one phase.
func (l layout) phase(chosen []class) phase {
	last := len(chosen) - 1
	inner, c := l.spatial[last], chosen[last]
	p := phase{inners: len(c.outputs), innerTaps: len(c.taps), run: true, outInner: inner.outStep}
	if len(c.outputs) > 1 {
		p.outInner = (c.outputs[1] - c.outputs[0]) * inner.outStep
		p.innerStep = (c.outputs[1] - c.outputs[0]) * inner.stride / inner.inDilation
	}
	for j, k := range c.taps {
		p.innerAt = append(p.innerAt, (c.outputs[0]*inner.stride+k*inner.kernDilation-inner.pad)/inner.inDilation)
		p.run = p.run && p.innerAt[j] == p.innerAt[0]+j
	}
	outputs := grid(chosen[:last], func(c class) []int { return c.outputs })
	taps := grid(chosen[:last], func(c class) []int { return c.taps })
	p.outerTaps = len(taps)
	for _, o := range outputs {
		at := c.outputs[0] * inner.outStep
		for i, v := range o {
			at += v * l.spatial[i].outStep
		}
		p.outerOut = append(p.outerOut, at)
		for _, k := range taps {
			p.outerIn = append(p.outerIn, l.outerOffset(o, k))
		}
	}
	for _, outer := range taps {
		at := 0
		for i, k := range outer {
			at += k * l.spatial[i].kernelStep
		}
		for _, k := range c.taps {
			p.offsets = append(p.offsets, at+k*inner.kernelStep)
		}
	}
	p.depth = len(p.offsets) * l.kernelChannels
	return p
}

// outerOffset returns where the outer taps k of outputs o lie in the input, or -1.
func (l layout) outerOffset(o, k []int) int32 {
	offset := 0
	for i := range o {
		at := l.spatial[i].tap(o[i], k[i])
		if at < 0 {
			return -1
		}
		offset += at * l.spatial[i].inStep
	}
	return int32(offset)
}

// grid returns all combinations of the values of each class, the last one running
// fastest.
func grid(classes []class, values func(class) []int) [][]int {
	all := [][]int{nil}
	for _, c := range classes {
		var longer [][]int
		for _, chosen := range all {
			for _, v := range values(c) {
				longer = append(longer, append(chosen[:len(chosen):len(chosen)], v))
			}
		}
		all = longer
	}
	return all
}

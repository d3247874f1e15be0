package conv

import (
	"github.com/pifr-go/pifr/backend/gonum/internal/matmul"
	"github.com/pifr-go/pifr/internal/simd"
)

// planDepthwise plans direct loops: a task is some rows of the inner axis.
func (p *Plan[T]) planDepthwise() {
	p.weightsLen = 0
	for i := range p.phases {
		ph := &p.phases[i]
		if ph.depth == 0 {
			continue
		}
		p.weights = append(p.weights, weightPart{phase: i, at: p.weightsLen, len: len(ph.offsets) * p.fan * p.outChannels})
		p.weightsLen += len(ph.offsets) * p.fan * p.outChannels
		rows := p.outBatch * len(ph.outerOut)
		step := max(1, taskLen*4/max(1, ph.inners*p.outChannels*p.fan*len(ph.offsets)))
		for row := 0; row < rows; row += step {
			p.tasks = append(p.tasks, task{part: len(p.weights) - 1, row: row, rows: min(step, rows-row)})
		}
	}
}

// packDepthwise orders the kernel as [taps, fan, channels] for each phase.
func (j *job[T]) packDepthwise() {
	p := j.plan
	for _, part := range p.weights {
		dst := j.weights.plain[part.at : part.at+part.len]
		for t, at := range p.phases[part.phase].offsets {
			for channel := range p.fan {
				row := dst[(t*p.fan+channel)*p.outChannels:][:p.outChannels]
				for c := range row {
					row[c] = j.kernel[at+channel*p.kernelChannelStep+c*p.kernelOutputStep]
				}
			}
		}
	}
}

// tapList says what one output sums: input from in[from[i]:] times the weights from
// w[weight[i]:].
type tapList struct{ from, weight []int }

// depthwiseRows computes some rows of the inner axis, all channels.
func (j *job[T]) depthwiseRows(i int) {
	p, t := j.plan, &j.plan.tasks[i]
	part := p.weights[t.part]
	ph, w := &p.phases[part.phase], j.weights.plain[part.at:part.at+part.len]
	list, ok := p.lists.Get().(*tapList)
	if !ok {
		list = &tapList{}
	}
	defer p.lists.Put(list)
	lo, hi := ph.interior(p.spatial[len(p.spatial)-1].in)
	for r := t.row; r < t.row+t.rows; r++ {
		b, o := r/len(ph.outerOut), r%len(ph.outerOut)
		in, out := j.in[b*p.inBatchStep:], j.out[b*p.outBatchStep+ph.outerOut[o]:]
		// Inside, all outputs of the row sum the same taps; at the ends each has its own.
		for x, n := 0, 1; x < ph.inners; x += n {
			if n = 1; x >= lo && x < hi {
				n = hi - x
			}
			p.listTaps(list, ph, o, x)
			p.sumRow(out[x*ph.outInner:], in, n, ph, list, w)
		}
	}
	if j.after != nil {
		width := ph.inners * p.outChannels
		j.after(t.row*width, (t.row+t.rows)*width)
	}
}

// sumRow computes n neighboring outputs, all channels. The list is that of the first one,
// and moves with them.
func (p *Plan[T]) sumRow(out, in []T, n int, ph *phase, list *tapList, w []T) {
	inStep := ph.innerStep * p.spatial[len(p.spatial)-1].inStep
	if p.fan == 1 && p.inChannels != p.outChannels {
		for i := range n {
			sumTapsRepeated(out[i*ph.outInner:][:p.outChannels], in, i*inStep, list, w, p.outChannels/p.inChannels)
		}
		return
	}
	t := simd.Taps[T]{Out: out, In: in, Weights: w, From: list.from, Weight: list.weight,
		InStep: inStep, OutStep: ph.outInner, Channels: p.outChannels, Count: n}
	done := t.Run(simd.Best())
	if done == p.outChannels {
		return
	}
	for i := range n {
		sumTaps(out[i*ph.outInner+done:][:p.outChannels-done], in, i*inStep+done, list, w[done:])
	}
}

// interior returns the range of x for which no inner tap reads outside an axis of the
// given length.
func (ph *phase) interior(length int) (lo, hi int) {
	first, last := ph.innerAt[0], ph.innerAt[0]
	for _, at := range ph.innerAt {
		first, last = min(first, at), max(last, at)
	}
	in := func(x int) bool { return x*ph.innerStep+first >= 0 && x*ph.innerStep+last < length }
	for lo < ph.inners && !in(lo) {
		lo++
	}
	for hi = lo; hi < ph.inners && in(hi); hi++ {
	}
	return lo, hi
}

// listTaps lists the taps of output (o, x) that do not read padding.
func (p *Plan[T]) listTaps(list *tapList, ph *phase, o, x int) {
	inner := &p.spatial[len(p.spatial)-1]
	list.from, list.weight = list.from[:0], list.weight[:0]
	for k, outer := range ph.outerIn[o*ph.outerTaps : (o+1)*ph.outerTaps] {
		for l, first := range ph.innerAt {
			if pos := x*ph.innerStep + first; outer >= 0 && pos >= 0 && pos < inner.in {
				for channel := range p.fan {
					list.from = append(list.from, int(outer)+pos*inner.inStep+channel*p.outChannels)
					list.weight = append(list.weight, ((k*ph.innerTaps+l)*p.fan+channel)*p.outChannels)
				}
			}
		}
	}
}

// sumTapsRepeated is sumTaps where every input channel makes repeat neighboring outputs.
func sumTapsRepeated[T matmul.Float](dst, in []T, base int, list *tapList, w []T, repeat int) {
	clear(dst)
	for k, from := range list.from {
		a, u := in[base+from:][:len(dst)/repeat], w[list.weight[k]:][:len(dst)]
		for c := range dst {
			dst[c] += a[c/repeat] * u[c]
		}
	}
}

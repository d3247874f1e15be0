package conv

// gather copies rows [row, row+rows) of the matrix A of a phase, columns [k0, k1), to
// dst. Column (t*inner+j)*channels+c of row (b, o, x) is what tap (t, j) reads for output
// (o, x) of image b, in channel c of the group.
func (p *Plan[T]) gather(dst, in []T, ph *phase, group, row, rows, k0, k1 int) {
	width := k1 - k0
	perImage := len(ph.outerOut) * ph.inners
	for i := range rows {
		r := row + i
		b, o, x := r/perImage, r%perImage/ph.inners, r%ph.inners
		p.gatherRow(dst[i*width:(i+1)*width], in[p.groupOffset(b, group):], ph, o, x, k0)
	}
}

// groupOffset returns where the channels of a group begin in image b of the output.
func (p *Plan[T]) groupOffset(b, group int) int {
	if p.batchGroups > 1 {
		return (group*p.outBatch + b) * p.inBatchStep
	}
	return b*p.inBatchStep + group*p.kernelChannels
}

// gatherRow copies one row from column k0 on.
func (p *Plan[T]) gatherRow(dst, in []T, ph *phase, o, x, k0 int) {
	length := ph.innerTaps * p.kernelChannels
	inner := &p.spatial[len(p.spatial)-1]
	for t, from := k0/length, k0%length; len(dst) > 0; t, from = t+1, 0 {
		n := min(length-from, len(dst))
		at := ph.outerIn[o*ph.outerTaps+t]
		switch {
		case at < 0:
			clear(dst[:n])
		case ph.run && inner.inStep == p.kernelChannels:
			copyRun(dst[:n], in[at:], (x*ph.innerStep+ph.innerAt[0])*p.kernelChannels+from, inner.in*p.kernelChannels)
		case p.kernelChannels == 1:
			for j := range n {
				dst[j] = 0
				if at2 := x*ph.innerStep + ph.innerAt[from+j]; at2 >= 0 && at2 < inner.in {
					dst[j] = in[int(at)+at2*inner.inStep]
				}
			}
		default:
			p.copyTaps(dst[:n], in[at:], ph, x*ph.innerStep, from)
		}
		dst = dst[n:]
	}
}

// copyRun copies in[at:at+len(dst)], with zeros for what lies outside [0, limit).
func copyRun[T any](dst, in []T, at, limit int) {
	if at >= 0 && at+len(dst) <= limit {
		copy(dst, in[at:])
		return
	}
	lo := min(max(-at, 0), len(dst))
	hi := max(min(limit-at, len(dst)), lo)
	clear(dst[:lo])
	if lo < hi {
		copy(dst[lo:hi], in[at+lo:])
	}
	clear(dst[hi:])
}

// copyTaps copies the inner taps of one outer tap one by one, from column from on.
func (p *Plan[T]) copyTaps(dst, in []T, ph *phase, x, from int) {
	inner := &p.spatial[len(p.spatial)-1]
	for j, c := from/p.kernelChannels, from%p.kernelChannels; len(dst) > 0; j, c = j+1, 0 {
		n := min(p.kernelChannels-c, len(dst))
		if at := x + ph.innerAt[j]; at >= 0 && at < inner.in {
			copy(dst[:n], in[at*inner.inStep+c:])
		} else {
			clear(dst[:n])
		}
		dst = dst[n:]
	}
}

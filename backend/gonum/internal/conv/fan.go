package conv

// maxFan is the number of channels in a group up to which direct loops beat a matrix
// product per group.
const maxFan = 4

// fanOut turns a convolution in many small groups into a depthwise one. Output o of group
// g needs the channels g*fan, ..., g*fan+fan-1: the input is spread so that part j of a
// position holds, for every output, the j-th channel that it needs, and each tap of the
// kernel becomes fan taps, one for each part.
func (p *Plan[T]) fanOut() {
	p.fan = 1
	if p.channelGroups == 1 || p.kernelChannels == 1 || p.kernelChannels > maxFan || p.inputLen == 0 {
		return
	}
	p.fan = p.kernelChannels
	copies := p.outChannels / p.channelGroups
	p.inBatchStep *= copies
	for i := range p.spatial {
		p.spatial[i].inStep *= copies
	}
}

// spreadLen is the number of elements of the spread input.
func (p *Plan[T]) spreadLen() int { return p.inputLen / p.channelGroups * p.outChannels }

// spread writes some positions of the spread input.
func (j *job[T]) spread(i int) {
	p := j.plan
	perGroup := p.outChannels / p.channelGroups
	step := max(1, taskLen/(p.fan*p.outChannels))
	for at := i * step; at < min((i+1)*step, p.inputLen/p.inChannels); at++ {
		from := j.narrow[at*p.inChannels:][:p.inChannels]
		to := j.in[at*p.fan*p.outChannels:][:p.fan*p.outChannels]
		for part := range p.fan {
			row := to[part*p.outChannels:][:p.outChannels]
			for o, c := 0, part; o < len(row); c += p.fan {
				for range perGroup {
					row[o] = from[c]
					o++
				}
			}
		}
	}
}

// spreadTasks is the number of independent pieces of spread.
func (p *Plan[T]) spreadTasks() int {
	step := max(1, taskLen/(p.fan*p.outChannels))
	return (p.inputLen/p.inChannels + step - 1) / step
}

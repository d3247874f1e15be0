package backend

// Traits say how a graph is best built for an engine. None changes what a graph computes,
// and the zero value is always right: it builds what every engine runs well enough.
type Traits struct {
	// GroupedConv tells of direct kernels for grouped convolutions. Other engines go
	// through the groups one by one, or multiply with the zeros between them, and are
	// faster at sums of shifted images.
	GroupedConv bool

	// Pooling tells of fast kernels for maxima over windows, in the engine's own order of
	// axes. Others are faster at maxima of whole shifted images.
	Pooling bool

	// ChannelsFirst tells that the engine's own order of axes is [batch, channels,
	// height, width]: it would transpose images that are not so, around every
	// convolution. Engines without it compute on [batch, height, width, channels].
	ChannelsFirst bool

	// AnyOrder tells that the engine computes images in the order of axes that suits its
	// kernels, whatever order the graph has them in.
	AnyOrder bool

	// Clamp tells that a maximum and a minimum with zero take less time than a comparison
	// and a choice.
	Clamp bool

	// RoughLogistic tells that the engine's logistic function has an absolute error,
	// which is a large part of a small probability; its exponential function has not.
	RoughLogistic bool

	// ConstantWeights tells that the engine prepares constants for its kernels once, so
	// that weights which do not change are better constants than variables, whether or
	// not its Capabilities ask for that.
	ConstantWeights bool

	// GradientRun, if not 0, is how many bytes of a convolution's output gradient its
	// kernel's gradient should be summed over at a time, because the engine reads them
	// again and again. A strided convolution's image is then better spared the products
	// with zeros that GoMLX's rule for its gradient has.
	GradientRun int

	// FixedBatch, if not 0, is how many images a network is best given at once, always:
	// more save no time, and the last bits of what comes of one image depend on how many
	// there are.
	FixedBatch int

	// OneAtATime tells that the threads of a program at work keep all cores, and wait for
	// each other without sleeping: two programs at a time take longer than one after the
	// other.
	OneAtATime bool

	// SlowStart tells that networks of some hundredths of a GMAC take less time on the
	// engine gonum: starting and joining an operation's threads, or laying out its
	// weights, takes as long as the operation.
	SlowStart bool

	// WideFloats tells that every float is held in float64, whatever dtype the graph
	// declares: nothing is rounded to a narrow one, nor is memory spared.
	WideFloats bool
}

// Tuner is what a Driver implements if its engine has Traits.
type Tuner interface {
	// Traits returns the traits of an opened engine, and whether the engine is this
	// driver's at all. It goes by the engine's Name, so that an engine inside another
	// type is known as well.
	Traits(engine Backend) (t Traits, mine bool)
}

// TraitsOf returns the traits of an engine, as the driver that knows it says; those of an
// engine whose package the program does not link are the zero value.
func TraitsOf(engine Backend) Traits {
	registry.RLock()
	defer registry.RUnlock()
	for _, d := range registry.drivers {
		if tuner, ok := d.(Tuner); ok {
			if t, mine := tuner.Traits(engine); mine {
				return t
			}
		}
	}
	return Traits{}
}

// PrefersConstants says whether weights that do not change are better constants of an
// engine's programs than variables that are handed to each run.
func PrefersConstants(engine Backend) bool {
	return engine.Capabilities().PreferConstantsForVariables || TraitsOf(engine).ConstantWeights
}

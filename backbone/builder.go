package backbone

import "fmt"

// builder appends layers to a network. Each method returns the index of the new layer,
// for the next one to take.
type builder struct {
	net  *Net
	last int
}

func newBuilder(name string, height, width int) *builder {
	return &builder{net: &Net{Name: name, Height: height, Width: width, Channels: 3}, last: Input}
}

// add appends a layer that takes the last value unless it says otherwise.
func (b *builder) add(l Layer) int {
	b.net.Layers = append(b.net.Layers, l)
	b.last = len(b.net.Layers) - 1
	return b.last
}

func (b *builder) conv(name string, l Layer) int {
	l.Kind, l.Name, l.From, l.Groups = Conv, name, b.last, max(l.Groups, 1)
	return b.add(l)
}

func (b *builder) norm(name string) int {
	return b.add(Layer{Kind: BatchNorm, Name: name, From: b.last})
}
func (b *builder) prelu(name string) int { return b.add(Layer{Kind: PReLU, Name: name, From: b.last}) }
func (b *builder) relu(name string) int  { return b.add(Layer{Kind: ReLU, Name: name, From: b.last}) }
func (b *builder) flatten() int          { return b.add(Layer{Kind: Flatten, Name: "flatten", From: b.last}) }

func (b *builder) sum(name string, with int) int {
	return b.add(Layer{Kind: Add, Name: name, From: b.last, With: with})
}

// done checks the shapes.
func (b *builder) done() (*Net, error) {
	if _, err := b.net.Shapes(); err != nil {
		return nil, err
	}
	return b.net, nil
}

// widen applies a width multiplier to a number of channels, never below one. Zero stands
// for 1.
func widen(channels int, width float64) int {
	if width == 0 {
		return channels
	}
	return max(1, int(float64(channels)*width+0.5))
}

// checkSizes refuses numbers that no network can have.
func checkSizes(name string, width float64, sizes ...int) error {
	if !(width >= 0) || width > 64 {
		return fmt.Errorf("backbone: %s: want a width multiplier in (0, 64], got %g", name, width)
	}
	for _, s := range sizes {
		if s < 1 {
			return fmt.Errorf("backbone: %s: want sizes and block counts of at least 1, got %d", name, s)
		}
	}
	return nil
}

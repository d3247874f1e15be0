package backbone

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParameterCounts(t *testing.T) {
	for _, c := range []struct {
		depth, params int
		gmacs         float64
	}{
		{18, 24_025_600, 2.61},
		{34, 34_139_328, 4.46},
		{50, 43_590_848, 6.31},
		{100, 65_156_160, 12.09},
		{200, 118_833_920, 23.42},
	} {
		net, err := IResNet{Depth: c.depth}.Net()
		require.NoError(t, err)
		params, err := net.NumParams()
		require.NoError(t, err)
		require.Equal(t, c.params, params, net.Name)
		macs, err := net.MACs()
		require.NoError(t, err)
		require.InDelta(t, c.gmacs, float64(macs)/1e9, 0.02, net.Name)
	}
}

// TestResNetCounts compares with torchvision's counts, less the classifier of 1000
// classes.
func TestResNetCounts(t *testing.T) {
	for _, c := range []struct {
		depth, params, features int
		gmacs                   float64
	}{
		{18, 11_689_512 - 513_000, 512, 1.82},
		{34, 21_797_672 - 513_000, 512, 3.67},
		{50, 23_508_032, 2048, 4.09},
		{101, 44_549_160 - 2_049_000, 2048, 7.80},
		{152, 60_192_808 - 2_049_000, 2048, 11.51},
	} {
		net, err := ResNet{Depth: c.depth}.Net()
		require.NoError(t, err)
		params, err := net.NumParams()
		require.NoError(t, err)
		require.Equal(t, c.params, params, net.Name)
		macs, err := net.MACs()
		require.NoError(t, err)
		require.InDelta(t, c.gmacs, float64(macs)/1e9, 0.02, net.Name)
		shapes, err := net.Shapes()
		require.NoError(t, err)
		require.Equal(t, []int{c.features}, shapes[len(shapes)-1], net.Name)
	}
}

func TestMini(t *testing.T) {
	net, err := Mini{}.Net()
	require.NoError(t, err)
	macs, err := net.MACs()
	require.NoError(t, err)
	params, err := net.NumParams()
	require.NoError(t, err)
	shapes, err := net.Shapes()
	require.NoError(t, err)
	require.Equal(t, 1_073_280, params)
	require.InDelta(t, 0.0972, float64(macs)/1e9, 0.0005)
	require.Equal(t, []int{128}, shapes[len(shapes)-1])
}

func TestMobileFaceNet(t *testing.T) {
	net, err := MobileFaceNet{}.Net()
	require.NoError(t, err)
	macs, err := net.MACs()
	require.NoError(t, err)
	params, err := net.NumParams()
	require.NoError(t, err)
	require.Equal(t, 2_059_520, params)
	require.InDelta(t, 0.4375, float64(macs)/1e9, 0.0005)
}

func TestShapes(t *testing.T) {
	net, err := IResNet{Depth: 18}.Net()
	require.NoError(t, err)
	shapes, err := net.Shapes()
	require.NoError(t, err)
	byName := map[string][]int{}
	for i, l := range net.Layers {
		byName[l.Name] = shapes[i]
	}
	require.Equal(t, []int{112, 112, 64}, byName["prelu"])
	require.Equal(t, []int{56, 56, 64}, byName["layer1/1/add"])
	require.Equal(t, []int{28, 28, 128}, byName["layer2/1/add"])
	require.Equal(t, []int{7, 7, 512}, byName["bn2"])
	require.Equal(t, []int{25088}, byName["flatten"])
	require.Equal(t, []int{512}, byName["features"])
}

func TestConfigErrors(t *testing.T) {
	_, err := IResNet{Depth: 51}.Net()
	require.ErrorContains(t, err, "want depth 18, 34, 50, 100 or 200, got 51")
	_, err = IResNet{Depth: 18, Width: -1}.Net()
	require.ErrorContains(t, err, "width multiplier")
	_, err = IResNet{Blocks: []int{1, 0}}.Net()
	require.ErrorContains(t, err, "at least 1")
	_, err = ResNet{Depth: 51}.Net()
	require.ErrorContains(t, err, "want depth 18, 34, 50, 101 or 152, got 51")
	_, err = ResNet{Depth: 18, Size: -1}.Net()
	require.ErrorContains(t, err, "at least 1")
	_, err = Mini{Blocks: []int{1}}.Net()
	require.ErrorContains(t, err, "as many numbers of channels as of blocks")
	_, err = MobileFaceNet{Size: -5}.Net()
	require.ErrorContains(t, err, "at least 1")

	forward := &Net{Name: "x", Height: 4, Width: 4, Channels: 1, Layers: []Layer{{Kind: PReLU, Name: "p", From: 1}}}
	_, err = forward.Shapes()
	require.ErrorContains(t, err, "takes values from a layer after it")
	groups := &Net{Name: "x", Height: 4, Width: 4, Channels: 3, Layers: []Layer{{Kind: Conv, Name: "c", From: Input, Out: 4, Kernel: 1, Stride: 1, Groups: 2}}}
	_, err = groups.Params()
	require.ErrorContains(t, err, "divisible by 2 groups")
	sum := &Net{Name: "x", Height: 4, Width: 4, Channels: 1, Layers: []Layer{
		{Kind: Conv, Name: "c", From: Input, Out: 2, Kernel: 1, Stride: 1, Groups: 1}, {Kind: Add, Name: "a", From: 0, With: Input}}}
	_, err = sum.NumParams()
	require.ErrorContains(t, err, "summands")
}

package pose

import (
	"image"
	"testing"

	"github.com/stretchr/testify/assert"
)

// box is 100 wide and 200 high, so that margins are read off easily.
var box = Rect{MinX: 50, MinY: 300, MaxX: 150, MaxY: 500}

func assertRect(t *testing.T, want, got Rect) {
	t.Helper()
	assert.InDelta(t, want.MinX, got.MinX, 1e-9, "left")
	assert.InDelta(t, want.MinY, got.MinY, 1e-9, "top")
	assert.InDelta(t, want.MaxX, got.MaxX, 1e-9, "right")
	assert.InDelta(t, want.MaxY, got.MaxY, 1e-9, "bottom")
}

func TestMargins(t *testing.T) {
	// k 0.3: left 0.18*100, top 0.6*200; then 118 wide and 320 high: right 0.18*118,
	// bottom 0.18*320.
	assertRect(t, Rect{32, 180, 171.24, 557.6}, TrainMargins(0.3).Apply(box))
	// Left 0.4*100, top 0.4*200; then 140 wide and 280 high: right 0.4*140, bottom
	// 0.12*280.
	assertRect(t, Rect{10, 220, 206, 533.6}, AFLW2000Margins().Apply(box))
	assertRect(t, Rect{0, 150, 200, 550}, DetectorMargins().Apply(box))

	even := TrainMargins(0.3)
	even.Chained = false
	assertRect(t, Rect{32, 180, 168, 536}, even.Apply(box))
	assertRect(t, box, Margins{}.Apply(box))
}

func TestRect(t *testing.T) {
	assert.Equal(t, Rect{0, 10, 20, 20}, Rect{-5, 10, 30, 25}.Clip(20, 20))
	assert.Equal(t, Rect{20, 0, 20, 5}, Rect{25, -3, 30, 5}.Clip(20, 20), "outside: empty")
	assert.Equal(t, image.Rect(-1, 2, 3, 4), Rect{-1.9, 2.9, 3.1, 4.99}.Truncate())
	assert.Equal(t, Rect{1, -2, 7, 5}, Bound([2]float64{3, 5}, [2]float64{1, 0}, [2]float64{7, -2}))
	assert.Equal(t, Rect{}, Bound())
	assert.Equal(t, 100.0, box.Dx())
	assert.Equal(t, 200.0, box.Dy())
}

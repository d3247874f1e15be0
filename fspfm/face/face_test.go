package face

import (
	"image"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
)

// TestAt holds that the half pixel between the coordinates of this package and of package
// pose is taken once, and put back.
func TestAt(t *testing.T) {
	box, points := pose.Rect{MinX: 3, MinY: 4, MaxX: 13, MaxY: 24}, pose.Landmarks{{5.5, 10}, {9, 10}, {7, 14}, {6, 20}, {9, 19.5}}
	f := At(box, points)
	require.Equal(t, Face{Box: Box{X: 3, Y: 4, W: 10, H: 20}, Landmarks: [5][2]float64{{5, 9.5}, {8.5, 9.5}, {6.5, 13.5}, {5.5, 19.5}, {8.5, 19}}, Score: 1}, f)
	photo := image.NewRGBA(image.Rect(0, 0, 30, 30))
	require.Equal(t, pose.Subject{Photo: photo, Box: box, Landmarks: points}, f.Subject(photo))
}

package crosspose

import (
	"math"
	"slices"

	"github.com/pifr-go/pifr/fspfm/dataset/views"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
)

// LandmarkErrors are the median distances of landmarks from points that people have
// marked, on the side that shows, in percent of the face's height from brow to chin. What
// a landmark is called differs between the two by some constant, which is taken out: the
// median offset of all photos of the range, in the face's own frame.
type LandmarkErrors struct {
	FromDeg float64 `json:"from_deg"` // of |yaw|, by the pose network
	ToDeg   float64 `json:"to_deg"`
	Photos  int     `json:"photos"`
	Eye     float64 `json:"eye"`
	Nose    float64 `json:"nose"`
	Mouth   float64 `json:"mouth"`
}

// markedRanges are the ranges of yaw for which landmarks are compared with marked points.
var markedRanges = [...][2]float64{{45, 60}, {60, 75}, {75, 180}}

// landmarkErrors compares the landmarks of faces with the points that are marked on their
// photos.
func landmarkErrors(faces []Face, marks map[int]views.Mark) (out []LandmarkErrors) {
	for _, limits := range markedRanges {
		var offsets [3][2][]float64 // of eye, nose and mouth: x and y
		for i, f := range faces {
			m, ok := marks[i]
			yaw := pose.Degrees(f.Result.Pose.Yaw)
			if !ok || f.Boxes == 0 || math.Abs(yaw) < limits[0] || math.Abs(yaw) >= limits[1] {
				continue
			}
			for k, o := range offsetsOf(f.Result.Face, m, yaw) {
				offsets[k][0], offsets[k][1] = append(offsets[k][0], o[0]), append(offsets[k][1], o[1])
			}
		}
		n := len(offsets[0][0])
		if n == 0 {
			continue
		}
		var medians [3]float64
		for k, o := range offsets {
			x, y := median(o[0]), median(o[1])
			distances := make([]float64, n)
			for i := range distances {
				distances[i] = 100 * math.Hypot(o[0][i]-x, o[1][i]-y)
			}
			medians[k] = median(distances)
		}
		out = append(out, LandmarkErrors{FromDeg: limits[0], ToDeg: limits[1], Photos: n, Eye: medians[0], Nose: medians[1], Mouth: medians[2]})
	}
	return out
}

// offsetsOf are where the visible landmarks lie beside the marked points, in units of the
// face's height: x towards the nose, y from the eye to the mouth.
func offsetsOf(f face.Face, m views.Mark, yawDeg float64) (out [3][2]float64) {
	points, towards := [3]int{face.LeftEye, face.Nose, face.LeftMouth}, 1.0 // the nose is on the image's right side
	if yawDeg >= 0 {
		points, towards = [3]int{face.RightEye, face.Nose, face.RightMouth}, -1
	}
	dx, dy := m.Mouth[0]-m.Eye[0], m.Mouth[1]-m.Eye[1]
	length := math.Hypot(dx, dy)
	dx, dy = dx/length, dy/length
	for k, at := range [3][2]float64{m.Eye, m.Nose, m.Mouth} {
		p := f.Landmarks[points[k]]
		ex, ey := (p[0]-at[0])/m.Height, (p[1]-at[1])/m.Height
		out[k] = [2]float64{towards * (ex*dy - ey*dx), ex*dx + ey*dy}
	}
	return out
}

// median is that of at least one value; of the middle two if their number is even.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

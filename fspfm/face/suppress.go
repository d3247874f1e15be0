package face

import (
	"cmp"
	"math"
	"slices"
)

// suppress is non-maximum suppression: from the topK highest scores down, a face stays
// unless it overlaps one that stayed by more than the limit. The faces come back ordered
// by score.
func suppress(faces []Face, overlap func(a, b Box) float64, limit float64, topK int) []Face {
	slices.SortStableFunc(faces, func(a, b Face) int { return cmp.Compare(b.Score, a.Score) })
	faces = faces[:min(topK, len(faces))]
	kept := faces[:0:0]
	for _, f := range faces {
		if !slices.ContainsFunc(kept, func(k Face) bool { return overlap(k.Box, f.Box) > limit }) {
			kept = append(kept, f)
		}
	}
	return kept
}

// overlapWhole is the intersection over union of the boxes with their fractions cut off,
// as OpenCV's FaceDetectorYN takes it. Two boxes without area count as the same.
func overlapWhole(a, b Box) float64 {
	whole := func(b Box) Box { return Box{math.Trunc(b.X), math.Trunc(b.Y), math.Trunc(b.W), math.Trunc(b.H)} }
	a, b = whole(a), whole(b)
	if a.Area()+b.Area() == 0 {
		return 1
	}
	return overlap(a, b, 0)
}

// overlapPixels is the intersection over union of boxes whose last row and column belong
// to them, as InsightFace and the published RetinaFace take it.
func overlapPixels(a, b Box) float64 { return overlap(a, b, 1) }

// overlap is the intersection over union of boxes whose sides are longer by extra.
func overlap(a, b Box, extra float64) float64 {
	w := min(a.X+a.W, b.X+b.W) - max(a.X, b.X) + extra
	h := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y) + extra
	both := max(w, 0) * max(h, 0)
	return both / ((a.W+extra)*(a.H+extra) + (b.W+extra)*(b.H+extra) - both)
}

// finite says whether a face can be kept: a network may give a box that overflows, and a
// wild one has no use for anybody.
func finite(f Face) bool {
	sum := f.Box.X + f.Box.Y + f.Box.W + f.Box.H
	for _, p := range f.Landmarks {
		sum += p[0] + p[1]
	}
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

package dataset

import "github.com/pifr-go/pifr/pose"

// Label is what is known about one aligned face. Coordinates are those of package pose,
// in pixels of the aligned picture: 0 is its left or top edge, 0.5 the middle of the
// first pixel. (OpenCV, and so the ArcFace template, calls that middle 0.) Angles are
// radians in the frame of package pose.
type Label struct {
	// Identity is the class, from 0 to the source's Identities()-1.
	Identity int

	// Key names the face within its source, whatever order the source has: the key of a
	// record, the path in a folder.
	Key string

	// Simulated tells rendered or rotated faces from photos.
	Simulated bool

	HasPose bool
	Pose    pose.Angles // the zero value unless HasPose

	HasLandmarks bool
	Landmarks    pose.Landmarks // zero unless HasLandmarks
	Visible      [5]bool        // which of the landmarks the camera sees; all false where nobody said so

	Box pose.Rect // around the face; the zero Rect if unknown
}

// HasBox tells whether the label has a box.
func (l *Label) HasBox() bool { return l.Box != pose.Rect{} }

// Profile tells whether |yaw|, |pitch| or |roll| is more than the limit, in radians. A
// face whose pose is unknown is no profile.
func (l *Label) Profile(limit float64) bool { return l.HasPose && widest(l.Pose) > limit }

// Frontal tells whether |yaw|, |pitch| and |roll| are all at most the limit, in radians.
// A face whose pose is unknown is not frontal.
func (l *Label) Frontal(limit float64) bool { return l.HasPose && widest(l.Pose) <= limit }

// widest is the largest of the three angles without their signs.
func widest(a pose.Angles) float64 { return max(abs(a.Yaw), abs(a.Pitch), abs(a.Roll)) }

func abs(v float64) float64 {
	if v < 0 {
		return -v
	}
	return v
}

// Flip makes the label that of the mirrored picture: yaw and roll change their signs,
// points move to the other side, and left and right eye, left and right corner of the
// mouth change places, since their names go by where they lie in the image.
func (l *Label) Flip() {
	if l.HasPose {
		l.Pose = l.Pose.Flip()
	}
	if l.HasLandmarks {
		m := l.Landmarks
		for i, from := range [5]int{1, 0, 2, 4, 3} {
			l.Landmarks[i] = [2]float64{Size - m[from][0], m[from][1]}
		}
	}
	v := l.Visible
	l.Visible = [5]bool{v[1], v[0], v[2], v[4], v[3]}
	if l.HasBox() {
		l.Box.MinX, l.Box.MaxX = Size-l.Box.MaxX, Size-l.Box.MinX
	}
}

package api

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/examples/server/internal/sight"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// Point is a place in a photo.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Box is a rectangle in a photo.
type Box struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Pose is where a head looks, in degrees.
type Pose struct {
	Yaw   float64 `json:"yaw" doc:"Degrees to the side"`
	Pitch float64 `json:"pitch" doc:"Degrees up or down"`
	Roll  float64 `json:"roll" doc:"Degrees of tilt"`
}

// Axes are the head's axes as a photo shows them, of length 1 or shorter.
type Axes struct {
	Left  Point `json:"left" doc:"Towards the side of the head that is on the left of the image of a frontal face"`
	Down  Point `json:"down" doc:"Towards the chin"`
	Ahead Point `json:"ahead" doc:"Where the head looks"`
}

// Landmarks are five points of a face. Left is the left of the image.
type Landmarks struct {
	LeftEye    Point `json:"left_eye"`
	RightEye   Point `json:"right_eye"`
	Nose       Point `json:"nose"`
	LeftMouth  Point `json:"left_mouth"`
	RightMouth Point `json:"right_mouth"`
}

// Face is a face of a photo. Places are in pixels of the photo turned upright, from its top
// left corner.
type Face struct {
	Box       Box       `json:"box"`
	Landmarks Landmarks `json:"landmarks"`
	Pose      Pose      `json:"pose"`
	Axes      Axes      `json:"axes"`
	Score     float64   `json:"score" doc:"How sure the detector is, 0 to 1"`
	Quality   float64   `json:"quality" doc:"How good the face is for recognition, 0 to 1"`
	Reasons   []string  `json:"reasons" nullable:"false" doc:"What speaks against it, in words"`
	Doubt     string    `json:"doubt,omitempty" doc:"Why the landmarks, and all that rests on them, may be wrong"`
}

// PhotoFacts is what is known of a photo.
type PhotoFacts struct {
	Width  int    `json:"width" doc:"Pixels, upright"`
	Height int    `json:"height"`
	Format string `json:"format"`
	Damage string `json:"damage,omitempty" doc:"What was wrong with the file, if anything"`
}

func photoOf(s *sight.Seen) PhotoFacts {
	b := s.Photo.Image.Bounds()
	return PhotoFacts{b.Dx() * s.Photo.Scale, b.Dy() * s.Photo.Scale, string(s.Photo.Kind), s.Photo.Damage}
}

func facesOf(s *sight.Seen) []Face {
	out := make([]Face, len(s.Faces))
	for i, f := range s.Faces {
		out[i] = faceOf(s.Photo, f)
	}
	return out
}

// faceOf is a face for an answer, with its places in the photo at its full size.
func faceOf(photo *photos.Photo, f sight.Face) Face {
	full := photo.FullSize(f.Face)
	yaw, pitch, roll := f.Pose.Deg()
	at := func(i int) Point { return Point{round(full.Landmarks[i][0]), round(full.Landmarks[i][1])} }
	return Face{
		Box: Box{round(full.Box.X), round(full.Box.Y), round(full.Box.W), round(full.Box.H)},
		Landmarks: Landmarks{
			LeftEye: at(face.LeftEye), RightEye: at(face.RightEye), Nose: at(face.Nose), LeftMouth: at(face.LeftMouth), RightMouth: at(face.RightMouth),
		},
		Pose: Pose{round(yaw), round(pitch), round(roll)}, Axes: axesOf(f.Pose.Matrix(), f.Face.Turned),
		Score: f.Face.Score, Quality: f.Quality.Score, Reasons: f.Reasons(), Doubt: string(f.Doubt),
	}
}

// axesOf are a rotation's columns in the picture, whose y points down, turned back if the
// photo had to be turned for the face.
func axesOf(rotation mat.Matrix, turned int) Axes {
	sin, cos := math.Sincos(-float64(turned) * math.Pi / 180) // clockwise, with y down
	at := func(column int, sign float64) Point {
		x, y := sign*rotation.At(0, column), -sign*rotation.At(1, column)
		return Point{round(x*cos - y*sin), round(x*sin + y*cos)}
	}
	return Axes{Left: at(0, 1), Down: at(1, -1), Ahead: at(2, 1)}
}

// round keeps a hundredth of a pixel or degree, and never -0.
func round(x float64) float64 { return math.Round(x*100)/100 + 0 }

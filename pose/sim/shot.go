package sim

import "github.com/pifr-go/pifr/pose"

// Shot is everything about a picture that is not the person. The zero value is a plain
// portrait from the front.
type Shot struct {
	// Angles is how the head is turned, in the frame of package pose.
	Angles pose.Angles

	// Torso is how the shoulders are turned. They follow the head where its neck could
	// not do otherwise.
	Torso pose.Angles

	Expression Expression
	Light      Light
	Camera     Camera
	Background Background
	Occluders  Occluders
	Quality    Quality

	// Seed decides what is left: the pattern of the background, the noise, the shape of
	// glasses and hats.
	Seed uint64
}

// Expression says how far each movement goes: 0 is rest, 1 the most.
type Expression struct {
	Smile    float64 // corners of the mouth up, from 0.4 with teeth, or down if negative
	Open     float64 // mouth open
	Pucker   float64 // lips forward, or pressed together if negative
	Brows    float64 // raised, or frowning if negative
	Squint   float64 // eyes narrow, or wide if negative
	Blink    float64 // eyes closed
	Sneer    float64 // nose wrinkled
	GazeLeft float64 // eyes turned to the image's left, radians
	GazeUp   float64 // radians
	// how much weaker smile, brows and squint are on the person's left side, or on the
	// right if negative
	OneSided float64
}

// Light is one lamp and what comes from all around.
type Light struct {
	// LeftDeg and UpDeg say where the lamp is: to the image's left and above, as seen
	// from the head; 0 is at the camera.
	LeftDeg, UpDeg float64

	// Key is the lamp's strength, Ambient that of the light from all around; zero values
	// stand for 1 and 0.5.
	Key, Ambient float64

	// Warmth is the lamp's color, from blue (-1) to orange (1); AmbientWarmth that of
	// the light from all around.
	Warmth, AmbientWarmth float64

	// Rim is the strength of a second lamp behind the head, opposite of the first.
	Rim float64

	// Exposure is in stops.
	Exposure float64
}

// Camera says what the picture shows of the scene. The camera always looks straight at
// the head: an offset shifts the picture, not the view, so that the angles of the label
// hold wherever the face is.
type Camera struct {
	// Distance from the head in millimeters, which is what makes perspective; 0 stands
	// for 1500, and 300 is the least. How long the lens is follows from it and from how
	// large the head is in the picture.
	Distance float64

	// Wide chooses the framing. If it is false, the picture is aligned: its landmarks lie
	// as near to the template of ArcFace as they get by a similarity. If it is true, the
	// picture is a photo of the head with its surroundings, in which a detector can find
	// it.
	Wide bool

	// Width and Height are in pixels; 0 stands for 112 in an aligned picture, whose sides
	// are equal, and for 256 in a wide one.
	Width, Height int

	// Head is the height from chin to crown in a wide picture, as a part of the picture's
	// height; 0 stands for 0.45.
	Head float64

	// Shift moves what is seen to the right and down, as a part of the picture's width.
	Shift [2]float64

	// Zoom enlarges by exp(Zoom), Tilt turns an aligned picture clockwise by this many
	// radians: with Shift, the errors of a detector.
	Zoom, Tilt float64
}

// Background says what is behind the head.
type Background struct {
	Kind  BackgroundKind
	Color [3]float64 // red, green, blue in 0 to 1; black stands for a color of the seed's
	Blur  float64    // how far out of focus, 0 to 1
}

// BackgroundKind is a kind of background.
type BackgroundKind uint8

// Kinds of backgrounds.
const (
	Studio  BackgroundKind = iota // one color, with the light falling off
	Wall                          // a rough surface
	Shelves                       // a room: rectangles of many sizes
	Foliage                       // patches of green and brown
	Lights                        // discs of light in the dark
	City                          // a horizon with a sky
	backgrounds
)

// Occluders are what covers a part of the face.
type Occluders struct {
	Glasses    bool
	Sunglasses bool
	Hat        Hat
	Mask       bool // of cloth, over mouth and nose
	Scarf      bool // around the neck and the chin
}

// Hat is a kind of hat.
type Hat uint8

// Kinds of hats.
const (
	NoHat Hat = iota
	Beanie
	Cap // with a peak
	Brimmed
	hats
)

// Quality is what the camera and the file do to the picture.
type Quality struct {
	Blur       float64    // standard deviation in pixels
	Motion     float64    // length of a straight motion blur in pixels, in a direction of the seed's
	Noise      float64    // standard deviation, as a part of white
	JPEG       int        // quality, 1 to 100; 0 leaves it out
	Reduce     float64    // the picture is reduced by this factor and enlarged again; up to 1 does nothing
	Cast       [3]float64 // red, green and blue are multiplied by exp of these
	Contrast   float64    // exp of this is the contrast
	Saturation float64    // exp of this is the saturation
	Gray       bool
}

// Label is what is known about a picture, exactly.
type Label struct {
	// Angles is the shot's, made canonical.
	Angles pose.Angles

	// Rotation takes points of the head to points of the camera; it is Angles.Matrix(),
	// row by row.
	Rotation [3][3]float64

	// Landmarks are in pixels from the picture's top left corner, as in package pose: 0.5
	// is the middle of a pixel. Those that cannot be seen are given too.
	Landmarks pose.Landmarks

	// Visible says which landmarks are to be seen: in the picture, and with nothing in
	// front of them.
	Visible [5]bool

	// Box is what a face detector's box holds: the face from the forehead to the chin. It
	// may reach beyond the picture.
	Box pose.Rect

	Expression Expression
	Light      Light
}

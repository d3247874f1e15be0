package sim

import (
	"math"
	"math/rand/v2"

	"github.com/pifr-go/pifr/pose"
)

// Conditions say how much pictures differ in what is neither the person nor the pose. The
// zero value changes nothing but the background: calm faces in plain light, perfect
// pictures.
type Conditions struct {
	Expression float64 // scales all movements of the face; 1 is what people do when they are photographed
	Light      float64 // scales how far lamps and colors stray; 1 reaches from a studio to a street at night
	Occluded   float64 // share of pictures in which something covers a part of the face
	Worse      float64 // scales blur, noise, compression and reduction; 1 is a mixed lot of photos
	Framing    float64 // scales the errors of alignment; 1 is a detector's
}

// Everyday returns the conditions of RandomShot.
func Everyday() Conditions {
	return Conditions{Expression: 1, Light: 1, Occluded: 0.15, Worse: 1, Framing: 1}
}

// RandomShot draws a shot under Everyday conditions; see Conditions.Shot.
func RandomShot(r *rand.Rand, a pose.Angles) Shot { return Everyday().Shot(r, a) }

// Shot draws a shot in which the head is turned by the given angles. The framing is
// aligned; set Camera.Wide for a photo. What is normal, below, is cut off at 2.5 standard
// deviations; each factor named in Conditions scales it.
//
//	Torso       follows 0 to 100 % of the yaw, 20 % of pitch, 30 % of roll
//	Expression  smile: half of the pictures, exponential with mean 0.4; mouth open: a
//	            third, mean 0.25; brows and squint normal, 0.25; eyes closed 3 %; pucker
//	            and sneer 10 % each; gaze normal, 9 degrees aside and 4 up
//	Light       lamp normal, 45 degrees aside and 20 ± 25 up; strength log-normal 0.3,
//	            ambient 0.5 log-normal 0.45; warmth of both normal, 0.3; a second lamp
//	            behind in 20 %; exposure normal, 0.35 stops
//	Camera      0.5 to 3 meters, evenly in the logarithm; errors of alignment: shift 1 % of
//	            the side, size 3 %, turn 1.5 degrees
//	Background  all kinds alike, blurred evenly from 0 to 1
//	Occluders   glasses 60 %, sunglasses 10, hat 15, mask 7, scarf 8, of the occluded
//	Quality     color cast log-normal 0.06, contrast 0.12, saturation 0.2, gray 4 %; each
//	            by itself: blur 30 % of the pictures, up to 1.3 pixels; motion 10 %, up to
//	            5; noise 45 %, up to 0.04; reduced 20 %, by up to 3; JPEG 60 %, quality 30
//	            to 95
func (c Conditions) Shot(r *rand.Rand, a pose.Angles) Shot {
	d := dice{r}
	s := Shot{Angles: a, Seed: r.Uint64()}
	s.Torso = pose.Angles{Yaw: a.Yaw * r.Float64(), Pitch: 0.2 * a.Pitch, Roll: 0.3 * a.Roll}
	s.Expression = c.expression(d)
	s.Light = c.light(d)
	s.Camera = Camera{
		Distance: 500 * math.Exp(math.Log(6)*r.Float64()),
		Shift:    [2]float64{d.normal(0.01 * c.Framing), d.normal(0.01 * c.Framing)},
		Zoom:     d.normal(0.03 * c.Framing),
		Tilt:     d.normal(0.026 * c.Framing),
	}
	s.Background = Background{Kind: BackgroundKind(r.IntN(int(backgrounds))), Blur: r.Float64()}
	s.Occluders = c.occluders(d)
	s.Quality = c.quality(d)
	return s
}

// dice draws numbers. Every call draws equally many, whatever comes out, so that one
// setting does not change the others.
type dice struct{ *rand.Rand }

func (d dice) between(a, b float64) float64 { return a + float64((b-a)*d.Float64()) }

// uniform returns a number within [0, 1), rounded by itself.
func uniform(d dice) float64 { return float64(d.Float64()) }

func (d dice) normal(sd float64) float64 { return float64(sd * min(max(d.NormFloat64(), -2.5), 2.5)) }

// sometimes returns x with a probability, else 0.
func (d dice) sometimes(p, x float64) float64 {
	if d.Float64() < p {
		return x
	}
	return 0
}

// exponential returns a number with a mean, at most 1.
func (d dice) exponential(mean float64) float64 {
	return min(1, -mean*math.Log(1-uniform(d)))
}

func (c Conditions) expression(d dice) Expression {
	k := c.Expression
	return Expression{
		Smile:    k * (d.sometimes(0.5, d.exponential(0.4)) - d.sometimes(0.1, 0.3)),
		Open:     k * d.sometimes(0.33, d.exponential(0.25)),
		Pucker:   k * d.sometimes(0.1, d.between(-0.6, 0.6)),
		Brows:    k * d.normal(0.25),
		Squint:   k * d.normal(0.25),
		Blink:    k * d.sometimes(0.03, 1),
		Sneer:    k * d.sometimes(0.1, 0.5*d.Float64()),
		GazeLeft: k * d.normal(0.16),
		GazeUp:   k * d.normal(0.07),
		OneSided: k * d.normal(0.15),
	}
}

func (c Conditions) light(d dice) Light {
	k := c.Light
	return Light{
		LeftDeg:       d.normal(45 * k),
		UpDeg:         20 + d.normal(25*k),
		Key:           math.Exp(d.normal(0.3 * k)),
		Ambient:       0.5 * math.Exp(d.normal(0.45*k)),
		Warmth:        d.normal(0.3 * k),
		AmbientWarmth: d.normal(0.3 * k),
		Rim:           k * d.sometimes(0.2, d.Float64()),
		Exposure:      d.normal(0.35 * k),
	}
}

func (c Conditions) occluders(d dice) Occluders {
	covered, kind, hat := d.Float64() < c.Occluded, d.Float64(), Hat(1+d.IntN(int(hats)-1))
	if !covered {
		return Occluders{}
	}
	switch {
	case kind < 0.6:
		return Occluders{Glasses: true}
	case kind < 0.7:
		return Occluders{Sunglasses: true}
	case kind < 0.85:
		return Occluders{Hat: hat}
	case kind < 0.92:
		return Occluders{Mask: true}
	}
	return Occluders{Scarf: true}
}

func (c Conditions) quality(d dice) Quality {
	k := c.Worse
	q := Quality{
		Cast:       [3]float64{d.normal(0.06 * c.Light), d.normal(0.04 * c.Light), d.normal(0.06 * c.Light)},
		Contrast:   d.normal(0.12 * c.Light),
		Saturation: d.normal(0.2 * c.Light),
		Gray:       d.Float64() < 0.04*c.Light,
		Blur:       k * d.sometimes(0.3, 0.3+uniform(d)),
		Motion:     k * d.sometimes(0.1, 1+float64(4*d.Float64())),
		Noise:      k * d.sometimes(0.45, 0.04*d.Float64()),
		Reduce:     d.sometimes(0.2, 1+float64(k*2*d.Float64())),
	}
	if quality := 95 - int(65*min(k, 1.3)*d.Float64()); d.Float64() < 0.6*k {
		q.JPEG = max(quality, 5)
	}
	return q
}

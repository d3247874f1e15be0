package records

import (
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
)

// Record is one face of a photo, or a photo in which there is none or which failed. All
// of a photo's records follow each other, in the order of Face. In JSON what is zero is
// left out, but for the first fields.
//
// Positions are in pixels of the photo upright, at its full size, and pixel centers have
// whole coordinates.
type Record struct {
	File  photos.Name `json:"file"`  // as it was named; any bytes
	Face  int         `json:"face"`  // from 0, the one that the detector is surest of
	Faces int         `json:"faces"` // how many the photo has; 0 if this is about the photo

	// Failed says why there is nothing about the photo, for counting, and Error in words.
	Failed photos.Reason `json:"failed,omitempty"`
	Error  string        `json:"error,omitempty"`

	Box       [4]float64    `json:"box,omitzero"` // x and y of the top left corner, width, height
	Score     float64       `json:"score,omitzero"`
	Landmarks [5][2]float64 `json:"landmarks,omitzero"` // in the order of face.Face
	Pose      Pose          `json:"pose_deg,omitzero"`
	Turned    int           `json:"turned,omitempty"` // face.Face.Turned, in degrees
	Doubt     fspfm.Doubt   `json:"doubt,omitempty"`

	// Quality is quality.Assessment.Score and Flaws its reasons, of programs that judge
	// faces; 0 if nobody has.
	Quality float64  `json:"quality,omitzero"`
	Flaws   []string `json:"flaws,omitempty"`

	// What became of the photo on the way, as photos.Photo has it: by what its sides were
	// divided, if they were, and what was wrong with the file.
	Scale  int    `json:"scale,omitempty"`
	Damage string `json:"damage,omitempty"`

	// Of unit length; nil where they are not wanted, Frontalized also without a head.
	Feature     []float32 `json:"feature,omitempty"`
	Frontalized []float32 `json:"frontalized,omitempty"`

	Made fspfm.Maker `json:"made"`
}

// Pose is where a head looks, in degrees as package pose has them.
type Pose struct {
	Yaw   float64 `json:"yaw"`
	Pitch float64 `json:"pitch"`
	Roll  float64 `json:"roll"`
}

// Of returns the records of a photo whose faces are known: at least one.
func Of(file string, photo *photos.Photo, results []fspfm.Result, made fspfm.Maker) []Record {
	about := Record{File: photos.Name(file), Faces: len(results), Damage: photo.Damage, Made: made}
	if photo.Scale > 1 {
		about.Scale = photo.Scale
	}
	if len(results) == 0 {
		return []Record{about}
	}
	all := make([]Record, len(results))
	for i, r := range results {
		f, one := photo.FullSize(r.Face), about
		yaw, pitch, roll := r.Pose.Deg()
		one.Face, one.Box, one.Score, one.Landmarks = i, [4]float64{f.Box.X, f.Box.Y, f.Box.W, f.Box.H}, f.Score, f.Landmarks
		one.Pose, one.Turned, one.Doubt = Pose{yaw, pitch, roll}, f.Turned, r.Doubt
		one.Feature, one.Frontalized = r.Feature, r.Frontalized
		all[i] = one
	}
	return all
}

// OfError returns the record of a photo that could not be worked on.
func OfError(file string, err error, made fspfm.Maker) Record {
	return Record{File: photos.Name(file), Failed: photos.ReasonOf(err), Error: err.Error(), Made: made}
}

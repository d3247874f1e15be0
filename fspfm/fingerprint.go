package fspfm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
)

// pipelineVersion counts the changes of the way from photo to feature that change
// features: it goes up with each.
const pipelineVersion = 12

// Fingerprint names what results depend on, in 64 hexadecimal digits: the models' files,
// how the detector looks, the crops, the head, and the version of this package's way from
// photo to feature. Results of equal fingerprints can be kept together and compared, up
// to what engines differ by. A pose estimator of the caller's goes in by its type only.
// Maker says the same in parts.
func (r *Recognizer) Fingerprint() string {
	parts := struct {
		Version                   int
		Detector, Extractor, Pose string
		Landmarks, Reader         string `json:",omitempty"`
		Options                   face.Options
		Crops                     decision.Crops
		TurnedDeg                 float64
		Head                      string
	}{pipelineVersion, r.detectorSHA256, r.extractorSHA256, r.poseSHA256, r.landmarksSHA256, r.readerSHA256, r.looks, r.decision.Crops, r.decision.TurnedDeg, r.headSHA256()}
	if parts.Pose == "" {
		parts.Pose = fmt.Sprintf("%T", r.pose)
	}
	text, _ := json.Marshal(parts) // numbers and strings, which the options have checked
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

package pack

import (
	"strings"

	"github.com/pifr-go/pifr/internal/imaging"
)

// candidate is a file that its name says the role of.
type candidate struct {
	name      string
	stem      string // the name without ending and precision
	precision string
	license   string
	model     Model
}

const (
	zooLicense         = "as published in the OpenCV Zoo: YuNet MIT, SFace Apache-2.0"
	insightFaceLicense = "InsightFace's weights: non-commercial research only, unless the owner says otherwise"
	unknownLicense     = "not known from the name"
)

// names are the patterns of file names, tried in order: a pattern matches the start of a
// name, or any part of it if it begins with '*'.
var names = []struct {
	pattern string
	license string
	model   Model
}{
	{"face_detection_yunet", zooLicense, yunet()},
	{"yunet", zooLicense, yunet()},
	{"*retinaface", unknownLicense, Model{Role: Detector, Kind: RetinaFace, Input: even(0, true, [3]float32{104, 117, 123}, 1)}},
	{"scrfd", insightFaceLicense, scrfd()},
	{"det_", insightFaceLicense, scrfd()},
	{"face_recognition_sface", zooLicense, sface()},
	{"sface", zooLicense, sface()},
	// The file of the ONNX Model Zoo scales its input itself.
	{"arcfaceresnet100", "Apache-2.0", Model{Role: Recognizer, Kind: ArcFace, Input: even(112, false, [3]float32{}, 1)}},
	{"w600k_", insightFaceLicense, arcface()},
	// AuraFace-v1 and InsightFace's antelope both call their recognizer so.
	{"glintr100", "Apache-2.0 if it is AuraFace-v1's; InsightFace's: non-commercial research only", arcface()},
	{"glint360k_", insightFaceLicense, arcface()},
	{"ms1mv", insightFaceLicense, arcface()},
	{"webface", insightFaceLicense, arcface()},
	{"*arcface", unknownLicense, arcface()},
	{"*hopenet", unknownLicense, hopenet()},
	{"fr_pose", "MIT as stated by faceplugin, origin unstated", hopenet()},
}

// ownNames are those of this module's networks, as safetensors.
var ownNames = []struct {
	part      string // of the name
	precision string // as they are shipped
	model     Model
}{
	{"hopenet-light", Float16, lightHopeNet()},
	{"landmark-light", Float16, lightLandmarks(Landmarks)},
	{"landmark-reader", Float16, lightLandmarks(Reader)},
	{"fspfm", Float32, Model{Role: Head, Kind: FSPFM}},
	{"tiny-mini", Float16, Model{Role: Recognizer, Kind: Mini, Input: even(112, false, [3]float32{127.5, 127.5, 127.5}, 127.5), Embedding: 128}},
}

func yunet() Model { return Model{Role: Detector, Kind: YuNet, Input: Input{BGR: true}} }

func scrfd() Model {
	return Model{Role: Detector, Kind: SCRFD, Input: even(640, false, [3]float32{127.5, 127.5, 127.5}, 128)}
}

func sface() Model {
	return Model{Role: Recognizer, Kind: SFace, Input: even(112, false, [3]float32{}, 1), Embedding: 128, Threshold: 0.363}
}

func arcface() Model {
	return Model{Role: Recognizer, Kind: ArcFace, Input: even(112, false, [3]float32{127.5, 127.5, 127.5}, 127.5)}
}

func hopenet() Model {
	in := even(224, false, imaging.ImageNetMean, 0)
	in.Std = imaging.ImageNetStd
	return Model{Role: Pose, Kind: HopeNet, Input: in}
}

func lightHopeNet() Model {
	m := hopenet()
	m.Kind, m.Input.Width, m.Input.Height = HopeNetLight, 64, 64
	return m
}

func lightLandmarks(role Role) Model {
	m := hopenet()
	m.Role, m.Kind, m.Input.Width, m.Input.Height = role, LandmarkNet, 80, 80
	return m
}

func even(side int, bgr bool, mean [3]float32, std float32) Input {
	return Input{Width: side, Height: side, BGR: bgr, Mean: mean, Std: [3]float32{std, std, std}}
}

// recognize tells what a file is by its name.
func recognize(name string) (candidate, bool) {
	if stem, ok := strings.CutSuffix(strings.ToLower(name), ".safetensors"); ok && checkName(name) == nil {
		for _, n := range ownNames {
			if strings.Contains(stem, n.part) {
				n.model.Files = []string{name}
				return candidate{name: name, stem: stem, precision: n.precision, license: unknownLicense, model: n.model}, true
			}
		}
	}
	stem, ok := strings.CutSuffix(strings.ToLower(name), ".onnx")
	if !ok || checkName(name) != nil {
		return candidate{}, false
	}
	for _, n := range names {
		start, anywhere := strings.CutPrefix(n.pattern, "*")
		if !strings.HasPrefix(stem, start) && !(anywhere && strings.Contains(stem, start)) {
			continue
		}
		c := candidate{name: name, stem: stem, precision: Float32, license: n.license, model: n.model}
		for _, ending := range []string{Int8BQ, "int8", "fp16"} {
			if s, ok := strings.CutSuffix(stem, "_"+ending); ok {
				c.stem, c.precision = s, ending
			}
		}
		c.model.Files = []string{name}
		return c, true
	}
	return candidate{}, false
}

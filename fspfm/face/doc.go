// Package face goes from a photo to faces that a recognizer can take: it finds them,
// their boxes and five landmarks, and turns each upright to the template that ArcFace
// networks, SFace among them, were trained on.
//
//	photo, err := face.ReadFile("photo.jpg") // upright, whatever the camera's orientation was
//	detector, err := face.FromONNX(engine, yunet, face.Options{})
//	faces, err := detector.Detect(ctx, photo)
//	one, err := face.Largest(faces)
//	aligned, err := face.Align(photo, one) // 112x112
//
// # Detectors
//
// A Detector runs one of three families of networks, in ONNX form; FromONNX tells them
// apart by their outputs:
//
//   - YuNet, fed as OpenCV's FaceDetectorYN feeds it: BGR from 0 to 255, at the photo's
//     own size, padded with black on the right and below. It returns what FaceDetectorYN
//     returns (see Sizes);
//   - SCRFD, fed and decoded as InsightFace does: RGB as (x - 127.5) / 128, the photo
//     fitted into 640x640 or the size that the file fixes. InsightFace's own RetinaFace
//     files have the same outputs;
//   - RetinaFace as published in its PyTorch form: BGR minus (104, 117, 123), anchors of
//     16 to 512 pixels at strides 8, 16 and 32, variances 0.1 and 0.2.
//
// Each comes with the thresholds that it was published with, except that YuNet's least
// score is 0.7 here and 0.9 there; Options changes them. A smaller MinScore finds more
// faces seen from the side, and more that are none. Of CFP's photos of people 1-250 one
// look finds 67.4 % of profiles at 0.9, about 97 % at 0.7 and 98.6 % at 0.6.
//
// # Looks
//
// YuNet was trained on faces of up to some 300 pixels. Detect therefore looks more than
// once where that can help:
//
//   - at a quarter of the size too, or a fifth, if the photo is larger than 640 pixels as
//     the first look sees it and no certain face in it has an eighth of its longer side:
//     for faces that fill the frame, at about a twentieth of the cost;
//   - at half the size, if no look has found a face with a score of 0.9 by then. Where
//     both see a face, its box and landmarks are the mean of both. CFP's profiles are
//     found to 99.2 % so, with 0.5 boxes too many per hundred.
//   - by tiles at the photo's own size, for small faces in large photos (Options.Small);
//   - at the photo turned by 90, 180 and 270 degrees, if nothing was found
//     (Options.Turns).
//
// Faces that the first look is certain of stay what they are, to the bit. With
// Options.Once there is no other look.
//
// # Landmarks of turned faces
//
// On heads that are turned, YuNet's landmarks err by twice as much as on frontal ones, and
// by far more where the head is tilted too, or held up or down. Detector.Steady reads them
// again where the face stands upright, and takes means, in squares of 128 and 256
// pixels; Detector.Upright leaves the larger one out where it is sure. Package fspfm has a
// network do that which has learned from Steady (landmark.Reader), and takes Upright where
// that is in doubt.
//
// # Sizes
//
// Engines compile a network for each size of its input, which takes seconds on some. So
// photos of up to 1280 pixels are padded to the least of five sizes that holds them,
// 128x128, 256x256, 640x640, 1280x960 and 960x1280, for every kind of look, Steady's among
// them. OpenCV pads to multiples of 32, and so does Options.Exact, which with Options.Once
// gives what OpenCV gives at the same MinScore. The network sees some of what lies around a
// face: where the padding begins near to one, that it goes on longer moves landmarks by
// some thousandths of the face's size (TestExact), and by more on a face that no look is
// certain of. Most faces stay what they are, to the bit (TestExact).
//
// # Coordinates
//
// All are in pixels from the top left corner of the photo's bounds, x to the right and y
// down; they may lie between pixels and outside of the photo. "Left" is the left of the
// image, which is the right side of the person. A photo is taken as it is: who decodes
// files by other means than ReadFile and Decode has to turn them upright.
//
// # Concurrency
//
// Everything here is safe for concurrent use. Detect and Align convert a photo to packed
// RGB unless it comes from ReadFile, Decode or Prepare, whose results already are.
package face

// Package face goes from a photo to faces that a recogniser can take: it finds them, their boxes and five landmarks, and
// turns each upright to the template that ArcFace networks, SFace among them, were trained on.
//
//	photo, err := face.ReadFile("photo.jpg") // upright, whatever the camera's orientation was
//	detector, err := face.FromONNX(engine, yunet, face.Options{})
//	faces, err := detector.Detect(ctx, photo)
//	one, err := face.Largest(faces)
//	aligned, err := face.Align(photo, one) // 112x112
//
// # Detectors
//
// A Detector runs one of three families of networks, in ONNX form; FromONNX tells them apart by their outputs:
//
//   - YuNet, fed as OpenCV's FaceDetectorYN feeds it: BGR from 0 to 255, at the photo's own size, padded with black on the
//     right and below to multiples of 32. It returns what FaceDetectorYN returns;
//   - SCRFD, fed and decoded as InsightFace does: RGB as (x - 127.5) / 128, the photo fitted into 640x640 or the size that the
//     file fixes. InsightFace's own RetinaFace files have the same outputs;
//   - RetinaFace as published in its PyTorch form: BGR minus (104, 117, 123), anchors of 16 to 512 pixels at strides 8, 16
//     and 32, variances 0.1 and 0.2.
//
// Each comes with the thresholds that it was published with; Options changes them. A smaller MinScore finds more faces seen
// from the side, and more that are none.
//
// # Coordinates
//
// All are in pixels from the top left corner of the photo's bounds, x to the right and y down; they may lie between pixels
// and outside of the photo. "Left" is the left of the image, which is the right side of the person. A photo is taken as it
// is: who decodes files by other means than ReadFile and Decode has to turn them upright.
//
// # Concurrency
//
// Everything here is safe for concurrent use. Detect and Align convert a photo to packed RGB unless it comes from ReadFile,
// Decode or Prepare, whose results already are.
package face

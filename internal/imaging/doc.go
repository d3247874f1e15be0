// Package imaging turns picture files and Go images into the packed 8-bit RGB that the
// networks are fed from, and resizes and warps it as OpenCV does.
//
//	photo, err := imaging.Open("photo.jpg", imaging.Limits{})
//	small := photo.Resize(320, 240)
//	input := make([]float32, 3*240*320)
//	small.Planes(input, imaging.Layout{Width: 320, Height: 240, BGR: true})
//
// # Decoding
//
// JPEG (baseline and progressive, gray, YCbCr, RGB, CMYK and YCCK), PNG (every bit depth)
// and GIF (the first frame, on its canvas) are always there. Other formats are decoded as
// soon as the program registers them with the standard image package, as a blank import
// of golang.org/x/image/webp does. The size that the header states is checked against
// Limits before any pixel is decoded. The EXIF orientation of JPEG, PNG, TIFF and WebP
// files is applied, of whatever integer type it is.
//
// Read takes damaged JPEGs as OpenCV does, and reduces large ones while it decodes them,
// if it is asked to. Wrong checksums of PNG chunks that say nothing about pixels are no
// errors.
//
// # Color
//
// Colors become 8-bit RGB by these rules, whatever the color model:
//
//   - 16-bit samples keep their high byte, as OpenCV's reader does;
//   - gray is repeated in all three channels, a palette is looked up;
//   - CMYK is converted by the plain formula, without its ICC profile; no other ICC
//     profile is applied either;
//   - transparency is laid over white, which is what a viewer shows; OpenCV drops the
//     alpha channel instead;
//   - subsampled chroma (4:2:0, 4:2:2, 4:4:0) is interpolated by the triangle filter of
//     libjpeg, where the image package's own At repeats it.
//
// A gray or YCbCr JPEG and a PNG without alpha therefore have exactly the samples that
// OpenCV reads from them; package jpeg says why that matters. A CMYK JPEG is within two
// levels of OpenCV's.
//
// # Geometry
//
// Pixel centers have whole coordinates: (0, 0) is the center of the first pixel. Resize
// and Warp are bilinear and use OpenCV's fixed-point arithmetic, so that a crop made here
// is the crop that a network saw in training.
//
// All functions are safe for concurrent use. None keeps or changes what it was given.
package imaging

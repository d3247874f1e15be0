// Package photos finds photos in folders and reads the formats that phones, cameras,
// scanners and messengers leave there. It is made for many files of which some are odd:
// each one that something is wrong with is an entry or an error of its own, and none ends
// the rest.
//
//	for e := range (photos.Walker{}).Walk(ctx, "holiday", "scans/*.tif") {
//		if !e.Photo() {
//			continue // e.Reason says why, and e.Err if something is wrong
//		}
//		p, err := photos.Open(e.Path, photos.Options{})
//		...
//		results, err := recognizer.Faces(ctx, p.Image)
//	}
//
// # Formats
//
// The content decides, not the name: JPEG (with MPO, of which the first picture is taken,
// and photos with a film behind them), PNG, GIF, BMP, TIFF, WebP; HEIC and AVIF if the
// program imports
//
//	_ "github.com/pifr-go/pifr/fspfm/photos/heic"
//	_ "github.com/pifr-go/pifr/fspfm/photos/avif"
//
// or all, for both: their decoders are large. Of films (GIF, WebP, AVIF) the first frame
// is taken. Photos are turned upright as EXIF says, or the file's own properties (HEIC,
// AVIF). Color profiles are not applied. JPEG XL, JPEG 2000, raw photos and Photoshop's
// files are recognized and not read; nor are JPEGs with arithmetic coding, for which no
// decoder in Go is known.
//
// # Damage
//
// Of a JPEG that is cut short or has wrong bytes in it, what is there counts, as it does
// for libjpeg and OpenCV, and Photo.Damage says what is wrong; Options.Whole refuses it.
// One that lacks its end marker only is whole. Wrong checksums of PNG chunks that say
// nothing about pixels are no errors. Other damaged files are refused.
//
// # Limits
//
// A file is read into memory as a whole, at most Options.MaxBytes. Its header says how
// many pixels there are, and decides before any is decoded whether that is too many
// (Options.MaxPixels); a larger JPEG is reduced on the way, and needs no more memory than
// a smaller one.
//
// # Names
//
// The names of files are bytes, and need not be UTF-8. Name shows them to people, and
// keeps them in JSON so that each comes back to the byte.
//
// All functions are safe for concurrent use.
package photos

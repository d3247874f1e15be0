// Package turned makes features to train heads on out of ordinary photos: of the photos
// as they are, and of the same faces turned by package sim. One photo of a person is
// enough. A recognizer looks at both as it looks at any photo: it finds the face, reads
// its landmarks and its pose, and averages its crops.
//
//	photos, err := turned.Open("portraits") // portraits/PERSON/*.jpg, or one photo of each
//	data, err := turned.Features(ctx, recognizer, photos, turned.Config{})
package turned

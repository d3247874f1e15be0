// Package views reads photos of people that are sorted by what they show of the face: its
// front or its profile. They are what recognition across poses is measured on.
//
//	set, err := views.Open("photos")       // photos/PERSON/{frontal,profile}/FILE
//	cfp, err := views.OpenCFP("cfp-dataset") // Celebrities in Frontal-Profile, with its protocol
//
// The photos are as cameras made them: faces have yet to be found in them. Nothing here
// decodes a file.
//
// # CFP
//
// CFP (Sengupta et al., "Frontal to Profile Face Verification in the Wild", WACV 2016)
// has ten frontal and four profile photos of each of 500 people, and two protocols of ten
// folds with 700 pairs each: FF, frontal with frontal faces, and FP, frontal with profile
// ones. Fold k has the people 50k-49 to 50k. Its files are not part of this project.
//
// A Set is not changed once it is open, and safe for concurrent use.
package views

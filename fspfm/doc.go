// Package fspfm recognises faces whichever way they look, after "Pose-invariant face
// recognition via feature-space pose frontalization" (arXiv 2505.16412).
//
// # Photos
//
// A Recognizer goes from a photo to features: it finds the faces, turns each upright,
// embeds it, and says where the head looks.
//
//	import (
//		_ "github.com/pifr-go/pifr/backend" // the engines; a program chooses by what it imports
//		"github.com/pifr-go/pifr/fspfm"
//		"github.com/pifr-go/pifr/fspfm/face"
//	)
//
//	a, err := face.ReadFile("a.jpg")
//	b, err := face.ReadFile("b.jpg")
//	v, err := fspfm.Verify(a, b)
//	fmt.Println(v.Same, v.Cosine, v.Threshold)   // the answer, at a false-match rate of v.FMR
//	fmt.Println(v.A.Pose.Angles, v.A.Doubt)      // where a looks, and whether its landmarks can be right
//	r, err := fspfm.Frontalize(a)                // r.Feature and r.Frontalized
//
// Embed, Frontalize and Verify work on one Recognizer with the default pack of models, which the
// first call opens; Open makes others, with other models, engines and limits. Networks are fetched
// once into the user's cache directory (package pack).
//
// # The answer
//
// Which crops of a face a feature averages, and from which cosine on two faces are one
// person's, is a decision.Decision: data of the pack, measured on photos of real people,
// for frontal and turned faces apart. WithDecision brings one that examples/evaluate has
// made from a user's own photos. Frontalized features take part in the answer if the
// head's file says that they did no harm to real photos (Usage.Real), or if the caller
// asks for it. The head of the default pack did harm, and takes no part:
// Recognizer.HeadDecides says why. It was trained on rendered people.
//
// # The method
//
// A feature extractor trained on mostly frontal photos puts the profile of a face
// somewhere else than its frontal view. The method leaves the extractor as it is, and
// moves the feature towards where the frontal photo's would lie (equation 1):
//
//	f' = f + T1(f) * P1(p) + T2(f) * P2(p)
//
// with f the feature [batch, d], p a vector that stands for the head's pose, T1 and T2
// small networks that propose a change of the feature, P1 and P2 small networks that say
// for every dimension how much of it the pose calls for, and * the product of elements. A
// frontal face is meant to pass nearly unchanged, a profile to be moved.
//
// Module is equation 1, and Config names the choices that the paper leaves open;
// ReadModule reads a trained one, whose Frontalize needs neither graph nor engine. Head
// is what Module has in common with the methods it is compared with: whatever stands
// behind a frozen extractor. Attention and Stage2 are the training's second stage,
// equations 2 and 3; package train runs it. A Recognizer's Result holds what a Head
// takes: Feature is f, and Pose has the angles and the pose network's own feature p; and
// Frontalized, f', of the head that the pack has (sface and tiny) or WithHead brings. A
// head's file says how it wants to be used (Usage): with which networks, from which
// angles on (Gating), which cosine means the same person at which yaw (Threshold), and
// what it did to real photos. Frontalized features compare with frontalized ones, also
// those of frontal faces.
//
// # Engines
//
// The package computes on any engine of package backend, and links none: import backend
// for the one in pure Go, and backend/xla or backend/onnx for those with shared
// libraries, as with the drivers of database/sql. WithEngine takes an engine that is open
// already.
package fspfm

// Package fspfm recognizes faces whichever way they look, after "Pose-invariant face
// recognition via feature-space pose frontalization" (arXiv 2505.16412). The paper's
// three equations stand in package head, which shows them in full:
//
//	(1)  f' = f + T1(f)*P1(p) + T2(f)*P2(p)          head.Module: moves f as pose p asks
//	(2)  L_ada = E |M(f_front)*AM(f_front) - M(f)|²  head.Stage2, loss.ADA; AM: head.Attention
//	(3)  L_total = L_arcface + 4 L_ada               loss.Total: what train.TrainPairs minimizes
//
// This package goes from photos to answers.
//
// # Photos
//
// A Recognizer goes from a photo to features: it finds the faces, turns each upright,
// embeds it, and says where the head looks.
//
//	import (
//		"github.com/pifr-go/pifr/fspfm"
//		"github.com/pifr-go/pifr/fspfm/face"
//	)
//
//	a, err := face.ReadFile("a.jpg")
//	b, err := face.ReadFile("b.jpg")
//	v, err := fspfm.Verify(a, b)
//	fmt.Println(v.Same, v.Cosine, v.Threshold) // the answer, at a false-match rate of v.FMR
//	fmt.Println(v.A.Pose.Angles, v.A.Doubt)    // where a looks; whether its landmarks may be off
//	r, err := fspfm.Frontalize(a)              // r.Feature and r.Frontalized
//
// Embed, Frontalize and Verify work on one Recognizer with the default pack of models,
// which the first call opens; Open makes others, with other models, engines and limits.
// Networks are fetched once into the user's cache directory (package pack).
//
// # The answer
//
// Which crops of a face a feature averages, and from which cosine on two faces are one
// person's, is a decision.Decision: data of the pack, measured on photos of real people,
// for frontal and turned faces apart. WithDecision brings one that examples/evaluate has
// made from a user's own photos. Frontalized features take part in the answer if the
// head's file says that they did no harm to real photos (head.Usage.Real), or if the
// caller asks for it. The head of the default pack did harm, and takes no part:
// Recognizer.HeadDecides says why. It was trained on rendered people.
//
// # The method
//
// A feature extractor trained on mostly frontal photos puts the profile of a face
// somewhere else than its frontal view. The method leaves the extractor as it is, and
// moves the feature towards where the frontal photo's would lie. A frontal face is meant
// to pass nearly unchanged.
//
// A Result holds what equation 1 takes and gives: Feature is f; Pose has the angles, and
// p is the pose network's own feature; Frontalized is f', of the head that comes with the
// pack (sface and tiny have one) or that WithHead brings. Frontalized features compare
// with frontalized ones, also those of frontal faces. A head's file says how it wants to
// be used (head.Usage): behind which networks, from which angles on, which cosine means
// the same person at which yaw, and what it did to real photos.
//
// # Engines
//
// The package computes on any engine of package backend, and brings the one in pure Go,
// gonum, so that a program needs no other import. Those with shared libraries are added
// as with the drivers of database/sql:
//
//	import _ "github.com/pifr-go/pifr/backend/xla"
//
// Open then takes XLA where its library is installed; WithEngineName asks for an engine
// by its name, and WithEngine takes one that is open already.
package fspfm

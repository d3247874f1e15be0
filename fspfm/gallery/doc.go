// Package gallery keeps people with their faces, and says who somebody is.
//
//	store, err := sqlite.Open(ctx, "people.db", gallery.ModelsOf(r), sqlite.Options{})
//	g, err := gallery.New(store, gallery.Options{Decision: r.Decision()})
//
//	ann, err := g.Enroll(ctx, gallery.Person{Name: "Ann"}, gallery.SampleOf(result, "ann.jpg"))
//	found, err := g.Identify(ctx, gallery.SampleOf(other, "party.jpg"), 5)
//	if found.Known() {
//		fmt.Println(found.Candidates[0].Person.Name)
//	}
//
// # People and faces
//
// A Person has one or more faces, each with its feature, the pose that it was seen in,
// its quality, where it came from, and whatever else the program wants to keep. There are
// no people without faces: who loses the last one is gone. Faces move from one person to
// another, people are merged and split, and what is removed is overwritten in the store,
// features above all: they are personal data.
//
// # Who is it
//
// Identify answers for an open set: most people whom a camera sees are not in the gallery.
// A search among n people compares n times, and so meets a stranger who is alike by chance
// more often than a comparison of two does. The threshold therefore depends on n:
// Options.FPIR is the share of searches for people who are not there that may return
// somebody, and each person gets the false-match rate FPIR / n, whose cosine
// decision.Decision.At knows for frontal and turned faces apart; it is never laxer than a
// comparison of two. Rates beyond what was measured are carried on from there, and
// Identification.Measured says so.
//
// A candidate's margin is the cosine minus the threshold for the poses of the two faces.
// Of a person with several faces Options.Rule makes one margin: by the mean of their
// cosines, by default, which finds more people than the best one does, and whose threshold
// is lower, because a mean of strangers varies less (decision.Decision.AtMean). On CFP's
// people 1-250 (examples/evaluate identify; its README has the figures) five frontal
// photos and a profile that is searched give a TPIR of 81 % at a FPIR of 1 % by the mean,
// and 78 % by the best.
//
// # Models
//
// Features of two recognizers do not compare. A store knows by its Models what its
// features were made with, and opening it with others is an error, ErrModels, which names
// both. Gallery.Reembed makes all features anew.
//
// # Stores
//
// A Store keeps the people: package sqlite in one file with an exact search in memory, or
// package postgres in a PostgreSQL database with pgvector, for many programs at once.
// Both pass the same tests (package gallerytest).
//
// A Gallery is safe for concurrent use. Each change is one transaction: it is whole and
// on the disk when its call returns without an error, and otherwise has not happened.
package gallery

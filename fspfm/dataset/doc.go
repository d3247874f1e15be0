// Package dataset holds labeled faces to train and evaluate with: where they come from,
// how they are mixed and paired, and how they reach a trainer in batches.
//
//	people, err := dataset.OpenFolder("people")        // people/NAME/*.jpg, or a manifest.jsonl
//	train, held, err := dataset.Split(people, 42, 0.1) // no person on both sides
//	loader, err := dataset.NewLoader(train, dataset.Options{Batch: 64, Augment: augment.Paper()})
//	for batch, err := range loader.Batches(ctx, dataset.Position{}) {
//		if err != nil {
//			return err
//		}
//		// batch.Pixels is [64, 112, 112, 3]; batch.Identities() are the classes;
//		// batch.Next is where to resume.
//	}
//
// # Faces
//
// Every face is aligned: 112x112 pixels, RGB, its landmarks on the ArcFace template, as
// package face makes them from photos. A Label says whose it is and, where it is known,
// how the head is turned, in the frame of package pose.
//
// # Sources
//
//	OpenFolder             a folder per person, or one with a manifest that carries poses
//	recordio.Open          MXNet's RecordIO, in InsightFace's layout or im2rec's
//	rendered.New           aligned faces rendered while training goes on
//	rendered.Wide          the same moments with the heads' surroundings; there are other views
//	NewMemory              what the program has already
//	Mix, Subset, Split     parts of these
//	Gather                 any of these, read once and kept in memory
//
// A Source has random access and is safe for concurrent use. All labels can be read
// without a single picture being decoded.
//
// # Stages
//
// Stage 1 of the paper trains on a mix of photos and simulated faces: Mix and NewLoader.
// Stage 2 trains on pairs, a frontal face and a profile of the same person: NewPairs and
// NewPairLoader. Where photos carry no pose, estimated ones are kept in a sidecar, a file
// of JSON lines: ReadPoses, WithPoses, FromLandmarks.
//
// # What repeats
//
// The order of an epoch, the partners in pairs and all augmentation are functions of the
// seed, the epoch's number and the place in the epoch, whatever the number of workers. A
// run that is resumed at a saved Position sees the same pixels as one that was never
// interrupted.
package dataset

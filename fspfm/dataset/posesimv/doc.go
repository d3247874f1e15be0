// Package posesimv is PoseSim-V: a benchmark of face verification across poses, of people
// who do not exist. Anyone may have it, for anything, and anyone can make it: it is
// rendered, and the same everywhere, byte for byte.
//
//	set, err := posesimv.New(posesimv.Config{})       // a dataset.Source that renders
//	err = posesimv.Write(ctx, "posesim-v", set, nil)  // folder and .bin files
//	set, err = posesimv.Open("posesim-v")             // the same set, read
//	for _, b := range posesimv.Buckets() {
//		pairs := set.Pairs(b)
//	}
//
// # People
//
// There are 1,000, with the seeds from rendered.Reserved on, which package rendered
// refuses to put into a training set. Person k of n is in fold 10 k / n.
//
// # Pictures and pairs
//
// Everybody has three frontal pictures, with |yaw| up to 10 degrees, and three in each
// bucket. A bucket is a range of |yaw|, with a nearly level head, or of |pitch|, with a
// nearly straight one; left and right, up and down take turns.
//
//	yaw-00-20  yaw-20-40  yaw-40-60  yaw-60-90  pitch-20-40  pitch-40-60
//
// A genuine pair is frontal picture j and bucket picture j of one person. An impostor
// pair is the same frontal picture with the bucket picture of somebody else of the fold.
// So every fold of every bucket has as many genuine pairs as impostors, 300 of each, fold
// by fold, and no picture is in two genuine pairs. Each bucket is a .bin file of 6,000
// pairs, to be scored like LFW.
//
// 3,000 impostors say little about a false accept rate of 0.001. Who needs that scores
// all pairs of pictures: Image says of each picture whose it is, in which bucket and
// fold, and who looks like that person.
//
// # The hard tier
//
// Good frontal pictures of strangers are told apart without an error. In the tier Hard,
// everybody has a look-alike, who shares much of shape, skin and hair and counts as a
// person: 2,000 people with two pictures each in every bucket, so 400 pairs of each kind
// in a fold. Impostor pairs are made of look-alikes. The pictures are mixed: more
// expression and light, glasses and hats in a tenth of them, blur, noise, compression.
//
// # What SFace makes of it
//
// True accept rates in per cent of SFace (OpenCV 4.12, int8 weights) at a false accept
// rate of 0.001, all pairs of frontal and bucket pictures of a benchmark of 60 and 40
// people with one shot each:
//
//	            yaw-00-20  yaw-20-40  yaw-40-60  yaw-60-90  pitch-20-40  pitch-40-60
//	Standard        100.0       91.7       65.0       23.3         76.7         21.7
//	Hard             63.7       66.2       51.2       28.7         45.0         16.2
//
//	go run ./examples/render -posesimv pv/hard -tier hard -test-people 40
//	python fspfm/dataset/posesimv/testdata/sface.py \
//		face_recognition_sface_2021dec_int8bq.onnx pv/hard/*.bin
//
// With so few people these are rates of some 4,000 to 6,000 impostor pairs, good for a
// first look and no more.
//
// # Files
//
//	manifest.jsonl       all pictures with labels, for dataset.OpenFolder and Open
//	PERSON/BUCKET-J.jpg  the pictures; a look-alike's folder ends in "-alike"
//	BUCKET.bin           the pairs with their pictures, as InsightFace's tools read them
//	BUCKET.pairs.tsv     the pairs as fold, 1 or 0, and two paths
//	posesim-v.json       the Config that New had
//	SHA256SUMS           of all of these except the pictures, as sha256sum -c reads it
//
// The hash of SHA256SUMS, which Write returns and Open checks, names a version of the
// benchmark. Reports have to state it. With the image/jpeg of Go 1.26 all 1,000 people
// give
//
//	standard  7a38e692c57f4eca61b83cb0c13ff1a78138cf2b332fe6eb326fb0d0ab30462b
//	hard      da601345b3ba9932142d8eb8050783dbb8c00c404dc0734aedc901105408c8e9
package posesimv

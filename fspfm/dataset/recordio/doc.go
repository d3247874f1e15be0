// Package recordio reads and writes face sets in MXNet's RecordIO, the form in which MS1M
// and its successors are handed around: a file NAME.rec with the faces, NAME.idx with
// where each lies, and often a file named property.
//
//	set, err := recordio.Open("faces_emore/train.rec")      // a dataset.Source
//	defer set.Close()
//
//	w, err := recordio.Create("out/train.rec", "mine, 2026")
//	err = dataset.Copy(ctx, w, source, dataset.CopyOptions{})
//
// # Layouts
//
// Open tells the two layouts in use apart by the record with key 0:
//
//   - InsightFace: record 0 has no picture but two labels, a and b. Faces have the keys 1
//     to a-1, and may be told by their own label whose they are. Records a to b-1 are one
//     per identity, with the range [first, end) of the keys of its faces. Create writes
//     this layout.
//   - im2rec: all records are faces, whatever their keys.
//
// # Labels
//
// A face's record has one label, the class, or a vector, whose first element is the
// class. Of other programs' vectors nothing else is read, unless they follow ours:
//
//	0        class
//	1 - 3    yaw, pitch, roll in degrees, in the frame of package pose; NaN if unknown
//	4 - 13   x and y of left eye, right eye, nose, left and right corner of the mouth, as they
//	         lie in the picture; NaN if unknown
//	14 - 17  left, top, right and bottom of the box; NaN if unknown
//	18       1 for a simulated face, plus 2, 4, 8, 16, 32 for the landmarks that can be seen
//
// A vector may end after the class, the angles, the landmarks, the box, or the last
// element: lengths 1, 4, 14, 18 and 19. Vectors of other lengths count as somebody
// else's.
//
// # Names
//
// RecordIO knows classes by number only. Create keeps the names in NAME.names, a JSON
// string per line, which other programs overlook; without it, names are the numbers.
//
// # Without an index
//
// A set without NAME.idx opens too: the heads of all records are read, each time, and
// their own numbers are the keys, or, where these are no keys, their order in the file.
//
// # Damage
//
// Every error about a file's content is an *Error that says the byte where the record
// begins, and wraps one of the errors below. A record is checked when it is read. Open
// reads the index and, for sets with vectors or in im2rec's layout, the head of every
// record; in InsightFace's layout with single labels it reads two records per identity
// only, so that MS1M opens in seconds. OpenSkipping leaves out a number of records that
// are missing or damaged.
//
// A Set is safe for concurrent use, a Writer is not.
package recordio

// Package verification reads and writes the pair lists on which face recognizers are
// compared: lfw.bin, cfp_fp.bin, cplfw.bin and their kind, as InsightFace hands them
// around.
//
//	set, err := verification.Open("cfp_fp.bin")
//	for i := range set.Len() {
//		a, b := set.Pair(i)                    // files of two aligned faces
//		fmt.Println(set.Same[i])
//	}
//
// # Format
//
// A file is a Python pickle of a tuple of two lists: 2P encoded pictures, and P booleans.
// Picture 2i and picture 2i+1 are pair i. The pairs come fold by fold: the protocol of
// ten folds cuts them into ten runs of equal length.
//
// Read are all protocols, 0 to 5, and what Python 2 wrote. Pictures are bytes, bytearrays
// or NumPy arrays of uint8, of shape [N], [N, 1] or [1, N]; booleans are such, or 0 and 1.
// Each of the two lists, and the tuple, may be an array of objects, the pictures also one
// of bytes of one length, the booleans one of numbers. A pickle that asks for anything but
// data is refused. Written are protocols 2 to 5.
//
// Sets of one name differ between collections (there are two cfp_fp.bin, two points
// apart): a Set keeps the SHA-256 of its file, which belongs into every report.
package verification

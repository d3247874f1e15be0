// Package quality says how good a face in a photo is for recognition, and what is wrong
// with it, in words that a user can be told.
//
//	for _, r := range results { // of fspfm.Recognizer.Faces
//		o := quality.Options{Doubt: string(r.Doubt)}
//		a, err := quality.Assess(photo, r.Face, r.Pose.Angles, o)
//		fmt.Println(a.Score, a.Reasons) // 0.31 [blurred, cut off by the frame]
//	}
//
// It looks at the pixels of the aligned face, 112x112, and at what is known already: box,
// landmarks, the detector's score, the head's angles. No network is run.
//
// # Score
//
// A measure that is as bad as can be takes from the score what its weight says, one that is
// good nothing, and what lies between a part (Measures.Score). On CFP's people 1-250, 2,500
// frontal and 994 profile photos, the share of pairs of one person that are missed, in
// percent, when the pairs with the worse photos are discarded, with 95 % intervals by
// drawing people; the threshold is that of FMR 1e-3:
//
//	                           10 % discarded     20 %              30 %
//	frontal against profile    (15.8 [13.5, 18.2] of all pairs)
//	  detector's score         12.5 [10.2, 14.7]  9.9 [8.0, 12.1]   8.7 [6.9, 10.7]
//	  quality                  12.4 [10.2, 14.3]  9.7 [7.8, 11.7]   8.2 [6.7, 10.2]
//	  weights of other people  12.5 [10.5, 14.7]  11.3 [9.1, 13.3]  9.7 [7.7, 11.7]
//	frontal against frontal    (1.7 [1.2, 2.2] of all pairs)
//	  detector's score         1.4 [0.9, 1.9]     1.1 [0.8, 1.7]    0.9 [0.6, 1.4]
//	  quality                  1.2 [0.8, 1.7]     1.0 [0.6, 1.5]    0.8 [0.5, 1.3]
//	  weights of other people  1.4 [0.9, 1.9]     1.1 [0.7, 1.6]    1.0 [0.6, 1.5]
//
//	go run ./examples/evaluate quality cfp-dataset -people 1-250 -fit
//
// The weights were chosen on these people; "weights of other people" are chosen on four
// fifths of them and judged on the last fifth, and are the figures to expect of others. On
// CFP, then, the score orders photos as well as YuNet's own score does, which weighs most in
// it, and not better: frontal against profile it may be worse (1.4 [0.4, 2.3] points at 20 %).
// What it adds are faults that CFP's photos do not have, chosen by people who take photos:
// all of them are larger than 40 pixels, and none is blurred, so that the weights of size,
// sharpness and darkness are set and not measured, with spans that begin where CFP ends.
//
// # Reasons
//
// DefaultLimits are where CFP ends: of its 3,494 faces one is too small, one too dark, three
// are too bright, two cut off, none is blurred; 70 are turned too far, by more than 75
// degrees of yaw, where the true-match rate falls from 78 to 62 % (examples/evaluate), or 40
// of pitch. What a recognizer makes of worse ones these photos do not say.
//
// Darkness is told by what shines in the face, not by its mean, so that dark skin is no
// reason against a photo.
package quality

// Package pose says where a head looks: the angles themselves, and how they are estimated
// from a photo.
//
// # Frame
//
// All angles follow HopeNet and the dataset it was trained on, 300W-LP. Both the head and
// the camera have right-handed axes: x to the right of the image, y up, z out of the
// image, towards the viewer. A head with all angles zero looks straight into the camera,
// so that its own left is at +x. Image rows grow downwards: the point (x, y, z) lies at
// column x, row -y.
//
// Where exactly straight is, is a convention. That of 300W-LP has people who look about
// into the camera at a pitch of -7 degrees: so say two networks that were trained on it,
// and PnP, of CFP's frontal photos (examples/evaluate pose-photos), and the light network
// is made to agree. Labels of rendered heads (package sim) have a head at rest at zero,
// and hopenet.Nod goes from the one to the other.
//
//	yaw    positive when the nose points left in the image, (-sin, 0, cos) after a yaw alone
//	pitch  positive when the nose points up, (0, sin, cos) after a pitch alone
//	roll   positive when the head is turned clockwise as seen in the image
//
// Each of the three is a rotation against the right-hand rule about its axis. With X, Y
// and Z the usual right-handed rotations, a point of the head goes to
//
//	R = X(-pitch) Y(-yaw) Z(-roll)
//
//	    |  cos y cos r                        cos y sin r                       -sin y       |
//	  = |  sin p sin y cos r - cos p sin r    sin p sin y sin r + cos p cos r    sin p cos y |
//	    |  cos p sin y cos r + sin p sin r    cos p sin y sin r - sin p cos r    cos p cos y |
//
// This is the matrix that 300W-LP's RotationMatrix.m builds from the first three entries
// of Pose_Para (pitch, yaw, roll), and its columns, drawn with rows growing downwards,
// are HopeNet's drawn axes (the second of which it draws towards the chin). 6DRepNet
// stores the transpose of it, the usual Z(roll) Y(yaw) X(pitch). Read from the right: the
// head rolls first, then yaws, then pitches, each about an axis of the camera; read from
// the left: it pitches first, then yaws, then rolls, each about an axis of its own.
//
// Yaw lies within ±90 degrees, pitch and roll within ±180. At a yaw of ±90 degrees pitch
// and roll turn about the same axis and only their difference (yaw +90) or sum (yaw -90)
// is defined: gimbal lock. FromMatrix then answers with a roll of zero. Near the lock
// pitch and roll may each be far off though the rotation is nearly right; compare
// rotations with Geodesic.
//
// Inside, angles are radians. Names that end in Deg are in degrees.
//
// # Estimators
//
// Estimator is what the rest of the library asks for a pose. PnP, here, needs nothing but
// the five landmarks of a face. A network such as HopeNet needs a tensor engine, and
// therefore a package of its own; this one needs only gonum. What the two have in common
// is here: the bins that HopeNet classifies into (Bins), and how much wider than a face
// the picture is that it looks at (Margins).
//
// # Accuracy of PnP
//
// Mean absolute errors in degrees for 200 random MakeHuman heads that are not among those
// the mean head was taken from, seen in perspective from 0.6 to 2.7 meters, with yaw even
// within ±90 and pitch and roll within ±40 degrees, and independent normal errors of 2 %
// of the inter-ocular distance in each coordinate of the landmarks:
//
//	|yaw|       yaw   pitch   roll   geodesic
//	 0 to 30    2.9     4.5    1.2        5.8
//	30 to 60    2.7     4.3    2.6        4.8
//	60 to 90    1.6     8.6    8.0        3.6
//	all         2.4     5.8    3.9        4.8
//
// With errors of 1 % the mean geodesic error is 4.1, with 3 % it is 5.4: what limits it
// is the unknown shape of the head.
//
//	go test ./pose -run TestPnPAccuracy -v
//
// A detector's errors are neither independent nor the same at all poses, least of all
// where an eye is hidden; the heads here and those behind the mean come from one
// generator; and people smile. Expect about twice these errors on photos. On the six
// photos of TestPhotos, all nearly frontal, PnP and a HopeNet-style network (which is no
// ground truth either) differ by 3.1, 3.9 and 2.6 degrees of yaw, pitch and roll on
// average. On CFP's people 1 to 250 PnP's yaw, pitch and roll of frontal photos are 0.4,
// 0.1 and 0.8 degrees above the mean of two networks, and its yaw is too small by -0.5
// degrees where they say 40 to 60, by 5.5 from there to 75, and by 11.5 beyond.
//
//	go run ./examples/evaluate pose-photos DIR -people 1-250 -against angles.csv
package pose

// Package augment changes faces at random, as the paper does in both stages: it turns
// some to gray, mirrors half of them and jitters their colors.
//
//	loader, err := dataset.NewLoader(source, dataset.Options{Batch: 64, Augment: augment.Paper()})
//
// # Definitions
//
// All functions work on 8-bit RGB in place and compute what torchvision 0.28 computes for
// uint8 tensors (not for PIL images, whose hue is coarser): in float32, results cut to 0
// and 255 and rounded towards zero.
//
//	Brightness   f x
//	Contrast     f x + (1-f) m, m the mean of the gray picture
//	Saturation   f x + (1-f) g, g the gray of the pixel
//	Hue          the hue of HSV moved by a part of the circle
//	gray         0.2989 R + 0.587 G + 0.114 B, rounded towards zero
//
// A Config applies gray, then the mirror, then the four color changes in an order that
// is drawn anew for each face, as torchvision's ColorJitter does.
//
// The mirror changes the label with the picture: yaw and roll change their signs,
// landmarks their sides.
//
// # Chance
//
// What a Config draws for a face does not depend on its settings: to turn one
// augmentation off leaves the others as they were. A Loader seeds each face by seed,
// epoch and place in the epoch.
package augment

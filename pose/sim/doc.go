// Package sim renders heads of people who do not exist, at any pose, with exact labels: a
// lawful and reproducible stand-in for MS1M-Pose-Sim, the simulated profile faces that
// FSPFM is trained on.
//
//	id := sim.NewIdentity(42)
//	img, label := sim.Render(id, sim.Shot{Angles: pose.FromDeg(60, 0, 0)})
//	// img is 112x112, aligned by its landmarks
//
// # People
//
// A head is MakeHuman's mesh, moved by its morph targets (both in the public domain,
// CC0): sex, age, descent, muscle and weight first, then 109 details of the face, a
// little asymmetry, and units of expression. head.bin holds them; internal/compile makes
// it. Skin, eyes, brows, hair, beards and marks are painted by procedures of this
// package. Everything about a person is a function of 512 independent normal numbers, so
// that Identity.Near can make look-alikes.
//
// # Pictures
//
// Shot holds everything else. Angles and coordinates are those of package pose.
// RandomShot draws shots, and documents from what distributions. A picture is aligned to
// ArcFace's template of 112x112, by its true landmarks, or it is a wider photo in which a
// detector can find the face.
//
// # The same bits everywhere
//
// A picture depends on its arguments alone: not on the number of goroutines, nor on what
// was rendered before. Pixels are computed in float32 with each product rounded by
// itself, so that processors with fused multiply-add agree with those without. The few
// functions of the math package that enter (sines of angles, logarithms of genes) are
// rounded from float64 to float32 first; where they differ in their last bit between
// architectures, a picture could differ too, once in many millions of values.
package sim

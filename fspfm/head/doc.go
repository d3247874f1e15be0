// Package head is the method of "Pose-invariant face recognition via feature-space pose
// frontalization" (arXiv 2505.16412): what stands behind a face feature extractor, and
// moves the feature of a profile to where that of a frontal photo would lie.
//
// # Equation 1
//
//	M_g phi(I) = phi(I) + T1(phi(I)) * P1(theta(I)) + T2(phi(I)) * P2(theta(I))
//
// phi(I) is the extractor's feature of a face, [d]; theta(I) a vector that stands for the
// head's pose, by default the feature that a pose network reads its angles from; * the
// product of elements. T1 and T2 are small networks that propose a change of the feature,
// P1 and P2 small networks that say for every dimension how much of it the pose calls
// for. A frontal face is meant to pass nearly unchanged.
//
// Module is equation 1, and Config names the choices that the paper leaves open. A module
// that has weights needs neither graph nor engine:
//
//	data, err := os.ReadFile("head.safetensors")
//	m, about, err := head.Read(data)
//	err = m.Frontalize(frontal, feature, pose)
//
// # Equation 2
//
//	L_ada = E[ |M_g phi(I_f) * AM(phi(I_f)) - M_g phi(I_p)|² ]
//
// of pairs of a frontal face I_f and a profile I_p of the same person. The first M_g is
// frozen, the second one trains, and with it AM, the attention module, which gives each
// dimension of the target a weight. Attention is AM; Stage2 holds the two networks
// together and says where gradients flow; loss.ADA is the distance.
//
// # Equation 3
//
//	L_total = L_arcface + 4 L_ada
//
// is loss.Total, and train.TrainPairs minimizes it.
//
// # Heads and their files
//
// Head is what Module has in common with the methods it is compared with (package
// baseline): all train by the same loops and stand in the same place. Module.Save writes
// a head's file, and Read reads it. The file's metadata say how the head wants to be used
// (Usage): with which networks, from which angles on (Gating), which cosine means the
// same person at which yaw (Threshold), and what it did to photos of real people.
package head

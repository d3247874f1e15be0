package loss

// Lambda is the weight λ of L_ada in equation 3.
const Lambda = 4

// Total is equation 3 of the FSPFM paper, L_total = L_arcface + λ L_ada, and its
// derivatives by the two. The paper's λ is Lambda; what it weighs depends on
// ADA.Reduction.
func Total(arcface, ada, lambda float64) (value, byArcFace, byADA float64) {
	return arcface + lambda*ada, 1, lambda
}

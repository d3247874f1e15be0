package loss_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/pifr-go/pifr/loss"
)

// Equation 3 for one pair: a profile photo whose frontalized feature is not yet that of
// the frontal photo.
func Example() {
	profile := mat.NewDense(1, 2, []float64{3, 1})   // M_g φ(I_p)
	frontal := mat.NewDense(1, 2, []float64{4, 2})   // M_g φ(I_f)
	attention := mat.NewDense(1, 2, []float64{1, 0}) // AM(φ(I_f)): the first dimension counts
	people := mat.NewDense(2, 2, []float64{1, 0, 0, 1})

	arcface, _, _, err := loss.Margin{Scale: 4, Angle: 0.5}.Loss(profile, people, []int{0})
	if err != nil {
		fmt.Println(err)
		return
	}
	ada, by, err := loss.ADA{}.Loss(frontal, attention, profile)
	if err != nil {
		fmt.Println(err)
		return
	}
	total, _, _ := loss.Total(arcface, ada, loss.Lambda)
	fmt.Printf("ArcFace %.3f, L_ada %.3f, total %.3f\n", arcface, ada, total)
	fmt.Printf("dL_ada/dprofile %v\n", by.Profile.RawRowView(0))
	// Output:
	// ArcFace 0.209, L_ada 2.000, total 8.209
	// dL_ada/dprofile [-2 2]
}

// The margin makes the sample's own class look worse: a feature 60 degrees away from it
// counts as one 88.6 degrees away.
func ExampleMargin_Logits() {
	cosines := mat.NewDense(1, 2, []float64{0.5, 0.2})
	for _, m := range []loss.Margin{{Scale: 1}, {Scale: 1, Angle: 0.5}, {Scale: 1, Cosine: 0.4}} {
		z, err := m.Logits(cosines, []int{0})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.3f\n", z.RawRowView(0))
	}
	// Output:
	// [0.500 0.200]
	// [0.024 0.200]
	// [0.100 0.200]
}

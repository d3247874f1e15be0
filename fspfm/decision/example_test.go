package decision_test

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/decision"
)

func ExampleParse() {
	d, err := decision.Parse([]byte(`{
		"crops": "full-turned",
		"turned_deg": 20,
		"frontal": {"cosine": 0.34, "fmr": 0.001},
		"mixed": {"cosine": 0.32, "fmr": 0.001},
		"turned": {"cosine": 0.38, "fmr": 0.001}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("a frontal face and a profile:", d.Threshold(5, -80).Cosine)
	fmt.Println("crops of the profile:", d.Of(-80))
	// Output:
	// a frontal face and a profile: 0.32
	// crops of the profile: full
}

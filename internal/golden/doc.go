// Package golden holds what tests compare with: named tensors of expected values,
// fixtures kept in files, the rule by which two tensors are equal, and the one table of
// tolerances per engine and dtype.
//
// Every test that compares engines, or an engine with a formula, takes its tolerance from
// ToleranceFor. No test brings a number of its own, so that a tolerance cannot be widened
// in one place to make one test pass.
//
//	got := golden.Of([]float32{1, 2, 3}, 3)
//	want := golden.New(dtypes.Float32, []float64{1, 2, 3}, 3)
//	tolerance := golden.ToleranceFor("gonum", dtypes.Float32)
//	if err := golden.Compare(got, want, tolerance); err != nil {
//		t.Error(err)
//	}
package golden

// Package conform holds any compute.Backend to the float64 reference: what an operation
// gives for which operands, what a layer and its gradient are, that executions may run
// side by side and leave nothing behind. The engines of this module pass it, and so can
// one written elsewhere, in ten lines:
//
//	func TestConform(t *testing.T) {
//		engine, err := mine.New("")
//		if err != nil {
//			t.Fatal(err)
//		}
//		defer engine.Finalize()
//		conform.Run(t, engine, conform.Options{Lists: "testdata/conform"})
//	}
//
// Compliance, besides, runs GoMLX's own public suite and counts what it skips.
//
// # Where expected values come from
//
// Every expected value is computed in this package by a plain formula in float64 (exact
// integer arithmetic for integers), never by another engine. Gradients are held to
// central differences, and only then is one engine compared with another
// (the test Reference): engines share GoMLX's gradient rules, so their agreement shows
// nothing about the rules. Tolerances are one table by dtype, or
// Options.Tolerances.
//
// # What an engine may leave out
//
// A case whose operations or dtypes are missing in the engine's Capabilities is skipped,
// and its name has to be listed in skips.txt of Options.Lists, exactly: the test
// SkipBudget fails when the list and the engine disagree, in either direction.
// Capabilities are the only ground for a skip. With -conform.update the list is written.
//
// A case that fails because of a defect that one has to live with is listed in
// defects.txt, with the reason ("Dot/empty_rows/float32: divides by the size of an empty
// axis"), and has to fail: a repaired engine makes the test ask for the line's removal. A
// reason that begins with "crashes: " marks a case that would end the process, and is not
// run. The gradients that GoMLX's rules get wrong, whichever the engine, are known here.
//
// The environment variable of no engine is read here; the caller opens the engine.
package conform

// Package conform is the suite that every engine of this library passes: what an
// operation gives for which operands, what a layer and its gradient are, that executions
// may run side by side and leave nothing behind.
//
// It is an ordinary package, so that each engine's own test file is a short list of calls:
//
//	func TestConform(t *testing.T) {
//		b, err := compute.NewWithConfig("gonum")
//		require.NoError(t, err)
//		conform.RunAll(t, conform.Engine{Name: "gonum", Backend: b})
//	}
//
// # Where expected values come from
//
// Every expected value is computed in this package by a plain formula in float64 (exact
// integer arithmetic for integers), never by another engine. Gradients are held to
// central differences, and only then is one engine compared with another
// (TestAgainstReference): engines share GoMLX's gradient rules, so their agreement shows
// nothing about the rules. Tolerances come from package golden.
//
// # What an engine may leave out
//
// A case whose operations or dtypes are missing in the engine's Capabilities is skipped,
// and its name has to be listed in testdata/skips/<engine>.txt, exactly: TestSkipBudget
// fails when the list and the engine disagree, in either direction. Capabilities are the
// only ground for a skip.
//
// Engines of other projects have defects. A case that fails because of one is listed,
// with the reason, in testdata/defects/<engine>.txt, and has to fail: a repaired engine
// makes the test ask for the line's removal. A reason that begins with "crashes: " marks
// a case that would end the process, and is not run. This module's own engines have no
// such file. defects/rules.txt lists the gradients that GoMLX's rules get wrong,
// whichever the engine.
//
// The environment variable of no engine is read here; the caller opens the engine.
package conform

// Package recipe holds trainings as data, and runs them: which network, on what, how. A
// recipe has a name (Names), or is a JSON file.
//
//	r, err := recipe.Load("paper")
//	photos := recipe.Data{Path: "ms1m/train.rec", Poses: "poses.jsonl"}
//	sets, done, err := recipe.Open(r.Seed, photos, recipe.Data{Path: "simulated"})
//	defer done()
//	options := recipe.Options{Dir: "run/paper", Report: os.Stdout, Log: os.Stderr}
//	err = recipe.Run(ctx, engine, r, sets, options)
//
// The zero Sets stand for the heads that the recipe renders. A field that a task of a
// recipe leaves out is what package train has for it. The recipes are in the folder
// recipes.
package recipe

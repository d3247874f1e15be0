// Package recipe holds trainings as data: which network, on what, how. A recipe has a
// name (Names), or is a JSON file.
//
//	r, err := recipe.Load("mini")
//
// A field that a task of a recipe leaves out is what package train has for it. See
// fspfm/train/recipe/recipes.
package recipe

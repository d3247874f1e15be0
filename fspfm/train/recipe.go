package train

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/fspfm/dataset/augment"
	"github.com/pifr-go/pifr/fspfm/head"
)

//go:embed recipes/*.json
var recipeFiles embed.FS

// ErrRecipe is wrapped by the errors for recipes that are unknown or make no sense.
var ErrRecipe = errors.New("no such recipe")

// Recipe is a training as data: which network, on what, how. Parts that a recipe lacks
// are not run.
type Recipe struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Seed  uint64 `json:"seed"`
	// Rendered is the set of rendered heads to train on where the person who runs the
	// recipe brings no set.
	Rendered *Rendered `json:"rendered,omitempty"`
	// Augment is what is done to faces.
	Augment augment.Config `json:"augment"`
	// Network is the extractor of Stage1.
	Network *NetworkRecipe `json:"network,omitempty"`
	// Head is the FSPFM module. FeatureLen and PoseLen are filled in from the extractor
	// and the poses.
	Head *head.Config `json:"head,omitempty"`
	// Pose trains a pose network, Stage1 an extractor with the head, Fit a head behind an
	// extractor that is frozen from the start, and Stage2 fine-tunes the head that came
	// out of Stage1 or Fit.
	Pose *PoseConfig `json:"pose,omitempty"`
	// Landmarks trains a landmark network.
	Landmarks *LandmarkConfig `json:"landmarks,omitempty"`
	Stage1    *Stage1Config   `json:"stage1,omitempty"`
	Fit       *HeadConfig     `json:"fit,omitempty"`
	Stage2    *PairConfig     `json:"stage2,omitempty"`
}

// Rendered says how many heads are rendered. Held people are for the evaluation.
type Rendered struct {
	// Seed chooses the people and their photos. Zero stands for the recipe's seed.
	Seed       uint64 `json:"seed,omitempty"`
	People     int    `json:"people"`
	Each       int    `json:"each"`
	HeldPeople int    `json:"held_people"`
	HeldEach   int    `json:"held_each"`
}

// NetworkRecipe names an extractor.
type NetworkRecipe struct {
	// Family is "iresnet", "mobilefacenet", "resnet" or "mini".
	Family   string  `json:"family"`
	Depth    int     `json:"depth,omitempty"`
	Width    float64 `json:"width,omitempty"`
	Features int     `json:"features,omitempty"`
	// Channels and Blocks are those of backbone.Mini.
	Channels []int `json:"channels,omitempty"`
	Blocks   []int `json:"blocks,omitempty"`
}

// Net returns the network.
func (n NetworkRecipe) Net() (*backbone.Net, error) {
	switch n.Family {
	case "iresnet":
		return backbone.IResNet{Depth: n.Depth, Width: n.Width, Features: n.Features}.Net()
	case "mobilefacenet":
		return backbone.MobileFaceNet{Width: n.Width, Features: n.Features}.Net()
	case "mini":
		return backbone.Mini{Channels: n.Channels, Blocks: n.Blocks, Features: n.Features}.Net()
	}
	return nil, fmt.Errorf("train: %w: network family %q: want iresnet, mobilefacenet or mini", ErrRecipe, n.Family)
}

// Recipes lists the names of the recipes that LoadRecipe knows.
func Recipes() []string {
	var names []string
	files, err := fs.Glob(recipeFiles, "recipes/*.json")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(f, "recipes/"), ".json"))
	}
	return names
}

// LoadRecipe returns the recipe of a name, one of Recipes, or of a JSON file in that
// form, if the name ends in ".json". A field that no recipe has is an error, so that a
// slip of the pen does not train for a night with a default.
func LoadRecipe(name string) (*Recipe, error) {
	var data []byte
	var err error
	if strings.HasSuffix(name, ".json") {
		data, err = os.ReadFile(name)
	} else {
		data, err = recipeFiles.ReadFile("recipes/" + name + ".json")
	}
	if err != nil {
		return nil, fmt.Errorf("train: %w: %q: want one of %s, or a file that ends in .json: %w", ErrRecipe, name, strings.Join(Recipes(), ", "), err)
	}
	return ParseRecipe(data)
}

// ParseRecipe reads a recipe.
func ParseRecipe(data []byte) (*Recipe, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var r Recipe
	if err := decoder.Decode(&r); err != nil {
		return nil, fmt.Errorf("train: recipe: %w", err)
	}
	if r.Pose == nil && r.Landmarks == nil && r.Stage1 == nil && r.Fit == nil {
		return nil, fmt.Errorf("train: %w: recipe %q trains nothing: it has neither pose nor landmarks nor stage1 nor fit", ErrRecipe, r.Name)
	}
	if (r.Stage1 != nil) != (r.Network != nil) {
		return nil, fmt.Errorf("train: %w: recipe %q: stage1 and network go together", ErrRecipe, r.Name)
	}
	if r.Seed == 0 {
		return nil, fmt.Errorf("train: %w: recipe %q has no seed", ErrRecipe, r.Name)
	}
	return &r, r.Augment.Check()
}

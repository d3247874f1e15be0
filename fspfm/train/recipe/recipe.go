package recipe

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
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/augment"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
)

//go:embed recipes/*.json
var files embed.FS

// ErrRecipe is wrapped by the errors for recipes that are unknown or make no sense.
var ErrRecipe = errors.New("no such recipe")

// Version is that of the form in which recipes are written. Files of the version before
// are read too: see Parse.
const Version = 2

// Recipe is a training as data: which network, on what, how. Parts that a recipe lacks
// are not run.
type Recipe struct {
	Version int    `json:"version"`
	Name    string `json:"name"`
	About   string `json:"about"`
	Seed    uint64 `json:"seed"`
	// Rendered is the set of rendered heads to train on where the person who runs the
	// recipe brings no set.
	Rendered *Rendered `json:"rendered,omitempty"`
	// Turned are the photos and portraits that a head is trained on, turned; it takes the
	// place of Rendered.
	Turned *Turned `json:"turned,omitempty"`
	// Augment is what is done to faces.
	Augment augment.Config `json:"augment,omitzero"`
	// Network is the extractor that Extractor trains.
	Network *Network `json:"network,omitempty"`
	// Module is the FSPFM module. FeatureLen and PoseLen are filled in from the extractor
	// and the poses.
	Module *head.Config `json:"module,omitempty"`

	// PoseNetwork is what Pose trains: "light", for which empty stands, or "resnet50",
	// HopeNet's own.
	PoseNetwork string `json:"pose_network,omitempty"`

	// Pose trains a pose network, and Landmarks a landmark network.
	Pose      *train.PoseConfig      `json:"pose,omitempty"`
	Landmarks *train.LandmarksConfig `json:"landmarks,omitempty"`
	// Extractor trains an extractor with the module behind it, Head the module behind an
	// extractor that is frozen from the start, and Pairs fine-tunes the module that came
	// out of Extractor or Head.
	Extractor *train.ExtractorConfig `json:"extractor,omitempty"`
	Head      *train.HeadConfig      `json:"head,omitempty"`
	Pairs     *train.PairsConfig     `json:"pairs,omitempty"`

	// Gate leaves faces to the extractor's own features where the head is not wanted. A
	// head that Calibrate gives thresholds has that one's.
	Gate *head.Gating `json:"gate,omitempty"`
	// HeadSeeds, if given, are those that Head is trained with; the best on the held
	// people is kept. Calibrate gives it thresholds.
	HeadSeeds []uint64     `json:"head_seeds,omitempty"`
	Calibrate *Calibration `json:"calibrate,omitempty"`
}

// Rendered says how many heads are rendered. Held people are for the evaluation.
type Rendered struct {
	// Seed chooses the people and their photos. Zero stands for the recipe's seed.
	Seed   uint64 `json:"seed,omitempty"`
	People int    `json:"people"`
	Each   int    `json:"each"`
	// HeldSeed chooses the held people. Zero stands for one that goes with Seed.
	HeldSeed   uint64 `json:"held_seed,omitempty"`
	HeldPeople int    `json:"held_people"`
	HeldEach   int    `json:"held_each"`
}

// Network names an extractor.
type Network struct {
	// Family is "iresnet", "resnet", "mobilefacenet" or "mini".
	Family   string  `json:"family"`
	Depth    int     `json:"depth,omitempty"`
	Width    float64 `json:"width,omitempty"`
	Features int     `json:"features,omitempty"`
	// Channels and Blocks are those of backbone.Mini.
	Channels []int `json:"channels,omitempty"`
	Blocks   []int `json:"blocks,omitempty"`
}

// Net returns the network.
func (n Network) Net() (*backbone.Net, error) {
	switch n.Family {
	case "iresnet":
		return backbone.IResNet{Depth: n.Depth, Width: n.Width, Features: n.Features}.Net()
	case "resnet":
		return backbone.ResNet{Depth: n.Depth, Width: n.Width, Size: dataset.Size}.Net()
	case "mobilefacenet":
		return backbone.MobileFaceNet{Width: n.Width, Features: n.Features}.Net()
	case "mini":
		return backbone.Mini{Channels: n.Channels, Blocks: n.Blocks, Features: n.Features}.Net()
	}
	return nil, fmt.Errorf("recipe: %w: network family %q: want iresnet, resnet, mobilefacenet or mini", ErrRecipe, n.Family)
}

// Names lists the recipes that Load knows.
func Names() []string {
	var names []string
	all, err := fs.Glob(files, "recipes/*.json")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, f := range all {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(f, "recipes/"), ".json"))
	}
	return names
}

// Load returns the recipe of a name, one of Names, or of a JSON file in that form, if the
// name ends in ".json".
func Load(name string) (*Recipe, error) {
	var data []byte
	var err error
	if strings.HasSuffix(name, ".json") {
		data, err = os.ReadFile(name)
	} else {
		data, err = files.ReadFile("recipes/" + name + ".json")
	}
	if err != nil {
		return nil, fmt.Errorf("recipe: %w: %q: want one of %s, or a file that ends in .json: %w", ErrRecipe, name, strings.Join(Names(), ", "), err)
	}
	return Parse(data)
}

// Parse reads a recipe. A field that no recipe has is an error, so that a slip of the pen
// does not train for a night with a default. A file that names no version is of the first
// one, whose fields had other names, and where some that were left out stood for zero; it
// is read as what it meant.
func Parse(data []byte) (*Recipe, error) {
	data, err := modern(data)
	if err != nil {
		return nil, fmt.Errorf("recipe: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var r Recipe
	if err := decoder.Decode(&r); err != nil {
		return nil, fmt.Errorf("recipe: %w", err)
	}
	if r.Pose == nil && r.Landmarks == nil && r.Extractor == nil && r.Head == nil {
		return nil, fmt.Errorf("recipe: %w: %q trains nothing: it has neither pose nor landmarks nor extractor nor head", ErrRecipe, r.Name)
	}
	if (r.Extractor != nil) != (r.Network != nil) {
		return nil, fmt.Errorf("recipe: %w: %q: extractor and network go together", ErrRecipe, r.Name)
	}
	if (len(r.HeadSeeds) > 0 || r.Calibrate != nil) && (r.Head == nil || r.Pairs != nil) || r.Calibrate != nil && len(r.HeadSeeds) == 0 {
		return nil, fmt.Errorf("recipe: %w: %q: head_seeds go with a head without pairs, and calibrate with head_seeds", ErrRecipe, r.Name)
	}
	if r.Seed == 0 {
		return nil, fmt.Errorf("recipe: %w: %q has no seed", ErrRecipe, r.Name)
	}
	return &r, r.Augment.Check()
}

package run

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

const (
	checkpointDir    = "checkpoints"
	checkpointSuffix = ".safetensors"
	bestFile         = "best.json"
)

// State is where a run stands, beside its variables. Order of samples, augmentation and
// learning rate are functions of the seed and the step, so that nothing else is needed to
// go on.
type State struct {
	Step int    `json:"step"` // steps that lie behind
	Seed uint64 `json:"seed"`
	// Best is the best evaluation so far, at BestStep; HasBest is false before the first.
	HasBest  bool    `json:"has_best,omitempty"`
	Best     float64 `json:"best,omitempty"`
	BestStep int     `json:"best_step,omitempty"`
	// Smooth and Early are what the guard against divergence remembers.
	Smooth float64 `json:"smooth,omitempty"`
	Early  float64 `json:"early,omitempty"`
}

// save writes a checkpoint of all variables of the store, and removes those that are no
// longer to be kept: all but the last few and the best. It returns the file's path.
func (f *folder) save(store *model.Store, state State) (string, error) {
	variables, err := storeVariables(store)
	if err != nil {
		return "", err
	}
	path := filepath.Join(f.dir, checkpointDir, fmt.Sprintf("step-%09d%s", state.Step, checkpointSuffix))
	if err := f.replace(path, func(w io.Writer) error { return encodeCheckpoint(w, state, variables) }); err != nil {
		return "", err
	}
	if state.HasBest && state.BestStep == state.Step {
		text, err := json.Marshal(best{filepath.Base(path), state.Best})
		if err != nil {
			return "", err
		}
		err = f.replace(filepath.Join(f.dir, bestFile), func(w io.Writer) error {
			_, err := w.Write(append(text, '\n'))
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return path, f.prune()
}

// best is the content of the file that names the best checkpoint.
type best struct {
	File  string  `json:"file"`
	Value float64 `json:"value"`
}

// storeVariables lists what a checkpoint holds, sorted by path.
func storeVariables(store *model.Store) ([]namedTensor, error) {
	var variables []namedTensor
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("run: checkpoint: variable %s: %w", v.Path(), err)
		}
		variables = append(variables, namedTensor{v.Path(), v.Trainable, value})
	}
	slices.SortFunc(variables, func(a, b namedTensor) int { return cmp.Compare(a.path, b.path) })
	return variables, nil
}

// checkpoints lists the checkpoints of the folder, oldest first.
func (f *folder) checkpoints() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, checkpointDir))
	if err != nil {
		return nil, fmt.Errorf("run: checkpoints: %w", err)
	}
	var paths []string
	for _, e := range entries { // sorted by name, which is by step
		if strings.HasSuffix(e.Name(), checkpointSuffix) {
			paths = append(paths, filepath.Join(f.dir, checkpointDir, e.Name()))
		}
	}
	return paths, nil
}

// prune removes checkpoints that are no longer to be kept.
func (f *folder) prune() error {
	paths, err := f.checkpoints()
	if err != nil || len(paths) <= f.keep {
		return err
	}
	bestPath, err := BestCheckpoint(f.dir)
	if err != nil {
		return err
	}
	for _, path := range paths[:len(paths)-f.keep] {
		if path == bestPath {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("run: old checkpoint: %w", err)
		}
	}
	return nil
}

// latest reads the newest checkpoint that is whole, and tells from which file. It is no
// error if there is none: from is then "".
func (f *folder) latest(log *slog.Logger) (state State, variables []namedTensor, from string, err error) {
	paths, err := f.checkpoints()
	if err != nil {
		return State{}, nil, "", err
	}
	for _, path := range slices.Backward(paths) {
		state, variables, err := readCheckpoint(path)
		if errors.Is(err, errDamaged) {
			log.Warn("run: checkpoint passed over", "file", path, "reason", err)
			continue
		}
		return state, variables, path, err
	}
	if len(paths) > 0 {
		return State{}, nil, "", fmt.Errorf("run: none of the %d checkpoints in %s is whole: %w", len(paths), f.dir, errDamaged)
	}
	return State{}, nil, "", nil
}

func readCheckpoint(path string) (State, []namedTensor, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return State{}, nil, fmt.Errorf("run: checkpoint: %w", err)
	}
	state, variables, err := decodeCheckpoint(data)
	if err != nil {
		return State{}, nil, fmt.Errorf("run: checkpoint %s: %w", path, err)
	}
	return state, variables, nil
}

// BestCheckpoint returns the path of the best checkpoint of a run's folder by its
// evaluations, "" if none was evaluated.
func BestCheckpoint(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, bestFile))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("run: best checkpoint: %w", err)
	}
	var b best
	if err := json.Unmarshal(data, &b); err != nil {
		return "", fmt.Errorf("run: best checkpoint: %s: %w", bestFile, err)
	}
	return filepath.Join(dir, checkpointDir, filepath.Base(b.File)), nil
}

// LatestCheckpoint returns the path of the newest checkpoint of a run's folder, "" if
// there is none.
func LatestCheckpoint(dir string) (string, error) {
	paths, err := (&folder{dir: dir}).checkpoints()
	if err != nil || len(paths) == 0 {
		return "", err
	}
	return paths[len(paths)-1], nil
}

// LoadCheckpoint puts the variables of a checkpoint into a store: those that exist get
// the values, and must have the same shape, others are made. The optimizer's own
// variables are left out unless all is true.
func LoadCheckpoint(path string, store *model.Store, all bool) (State, error) {
	state, variables, err := readCheckpoint(path)
	if err != nil {
		return State{}, err
	}
	if !all {
		variables = slices.DeleteFunc(variables, func(v namedTensor) bool { return below(v.path, stateScope) })
	}
	if err := restore(store, variables); err != nil {
		return State{}, fmt.Errorf("run: checkpoint %s: %w", path, err)
	}
	return state, nil
}

// sameNetwork holds that a store has the variables of a checkpoint, and no others, but for
// those of the optimizer: names of networks do not tell all of their sizes.
func sameNetwork(store *model.Store, variables []namedTensor) error {
	saved := map[string]bool{}
	for _, v := range variables {
		saved[v.path] = true
		if !below(v.path, stateScope) && store.GetVariable(v.path) == nil {
			return fmt.Errorf("variable %s of the checkpoint is not there", v.path)
		}
	}
	for v := range store.IterVariables() {
		if !saved[v.Path()] && !below(v.Path(), stateScope) {
			return fmt.Errorf("the checkpoint has no variable %s", v.Path())
		}
	}
	return fit(store, variables)
}

// fit compares the shapes of variables that are both here and there.
func fit(store *model.Store, variables []namedTensor) error {
	for _, v := range variables {
		if have := store.GetVariable(v.path); have != nil && !have.Shape().Equal(v.value.Shape()) {
			return fmt.Errorf("variable %s has the shape %s here and %s in the checkpoint", v.path, have.Shape(), v.value.Shape())
		}
	}
	return nil
}

// restore puts variables into a store. Nothing is changed if one of them does not fit.
func restore(store *model.Store, variables []namedTensor) error {
	if err := fit(store, variables); err != nil {
		return err
	}
	for _, v := range variables {
		if have := store.GetVariable(v.path); have != nil {
			if err := have.SetValue(v.value); err != nil {
				return fmt.Errorf("variable %s: %w", v.path, err)
			}
			continue
		}
		made, err := store.CreateVariable(v.path, v.value)
		if err != nil {
			return fmt.Errorf("variable %s: %w", v.path, err)
		}
		made.SetTrainable(v.trainable)
	}
	return nil
}

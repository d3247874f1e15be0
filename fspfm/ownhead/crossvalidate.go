package ownhead

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
)

// folds divides people into as many parts, of equal size to one person, by a hash of their
// names: fold[p] is that of person p.
func folds(names []string, n int, seed uint64) (fold []int) {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(dataset.Hash(seed, names[a]), dataset.Hash(seed, names[b])), cmp.Compare(names[a], names[b]))
	})
	fold = make([]int, len(names))
	for k, p := range order {
		fold[p] = k % n
	}
	return fold
}

// unseen is what heads make of faces of people whom they have not seen.
type unseen struct {
	data   *features.Set
	fold   []int     // of each person
	mapped []float32 // [faces, d]
}

// crossvalidate trains a head for each fold, on the people of all others.
func crossvalidate(ctx context.Context, engine compute.Backend, names []string, data *features.Set, c Config) (*unseen, error) {
	u := &unseen{data: data, fold: folds(names, c.Folds, c.Seed), mapped: make([]float32, len(data.Values))}
	for k := range c.Folds {
		var others, own []int
		for i, person := range data.Identities {
			if u.fold[person] == k {
				own = append(own, i)
			} else {
				others = append(others, i)
			}
		}
		fit, err := trained(ctx, engine, renumbered(data.Subset(others)), c)
		if err != nil {
			return nil, fmt.Errorf("ownhead: fold %d of %d: %w", k+1, c.Folds, err)
		}
		mapped, err := fit.Map(ctx, data.Subset(own))
		fit.Store.Finalize()
		if err != nil {
			return nil, fmt.Errorf("ownhead: fold %d of %d: %w", k+1, c.Folds, err)
		}
		for row, i := range own {
			copy(u.mapped[i*data.FeatureLen:(i+1)*data.FeatureLen], mapped[row*data.FeatureLen:])
		}
		if c.Progress != nil {
			c.Progress(k+1, c.Folds+1)
		}
	}
	return u, nil
}

// renumbered numbers the people who are there from 0.
func renumbered(data *features.Set) *features.Set {
	numbers := map[int]int{}
	for i, person := range data.Identities {
		if _, ok := numbers[person]; !ok {
			numbers[person] = len(numbers)
		}
		data.Identities[i] = numbers[person]
	}
	return data
}

// trained trains a head.
func trained(ctx context.Context, engine compute.Backend, data *features.Set, c Config) (*train.HeadResult, error) {
	cfg := head.Config{FeatureLen: data.FeatureLen, PoseLen: data.PoseLen}
	if data.PoseLen == 0 {
		cfg.PoseInput = head.PoseAngles
	}
	module, err := head.New(cfg)
	if err != nil {
		return nil, err
	}
	return train.TrainHead(ctx, engine, module, data, c.Head)
}

// trials are all pairs of faces whose people are in one fold, compared with the head and
// without it.
func (u *unseen) trials(gate head.Gating, keep func(i, j int) bool) (with, without eval.Trials) {
	d := u.data.FeatureLen
	row := func(values []float32, i int) []float32 { return values[i*d : (i+1)*d] }
	for i, a := range u.data.Identities {
		for j, b := range u.data.Identities[:i] {
			if u.fold[a] != u.fold[b] || !keep(i, j) {
				continue
			}
			with.Add(gate.Cosine(row(u.data.Values, i), row(u.mapped, i), u.data.Angles[i], row(u.data.Values, j), row(u.mapped, j), u.data.Angles[j]), a, b)
			without.Add(head.Cosine(row(u.data.Values, i), row(u.data.Values, j)), a, b)
		}
	}
	return with, without
}

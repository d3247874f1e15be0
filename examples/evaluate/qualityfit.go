package main

import (
	"cmp"
	"slices"

	"github.com/pifr-go/pifr/fspfm/quality"
)

// discardShares are the shares of pairs that are discarded.
var discardShares = [...]float64{0, 0.1, 0.2, 0.3}

// fitFolds is into how many parts people are divided: weights are chosen on the people of
// all parts but one, and judged on those of that one.
const fitFolds = 5

// weightSteps is how finely weights are chosen.
const weightSteps = 10

// weightFields are the weights to be chosen.
func weightFields(w *quality.Weights) []*float64 {
	return []*float64{&w.Clipped, &w.Contrast, &w.Yaw, &w.Pitch, &w.Outside, &w.Misfit, &w.Spread, &w.Detector}
}

// fitWeights chooses weights one at a time, until none gets better, by the errors that are
// left on pairs of some people: the mean over the protocols and the shares, each relative
// to what it was before anything was discarded. The weight of a doubt stays: too few photos
// have one.
func fitWeights(photos []assessed, protocols []missedPairs, use func(person int) bool) quality.Weights {
	weights := quality.DefaultWeights()
	scores := make([]float64, len(photos))
	loss := func(w quality.Weights) float64 {
		for i, a := range photos {
			if a.found {
				scores[i] = a.Measures.Score(w, a.doubtful)
			}
		}
		sum := 0.0
		for _, p := range protocols {
			sum += errorsLeft(p.pairs, scores, use)
		}
		return sum
	}
	best := loss(weights)
	for better := true; better; {
		better = false
		for k := range weightFields(&weights) {
			for step := range weightSteps {
				tried := weights
				*weightFields(&tried)[k] = float64(step) / weightSteps
				if l := loss(tried); l < best-1e-9 {
					best, weights, better = l, tried, true
				}
			}
		}
	}
	return weights
}

// errorsLeft is the mean over the shares of the rate of missed pairs of those people, over
// the rate without discarding.
func errorsLeft(pairs []genuine, scores []float64, use func(person int) bool) float64 {
	type rated struct {
		quality float64
		missed  bool
	}
	var all []rated
	missed := 0
	for _, p := range pairs {
		if use(p.person) {
			all = append(all, rated{min(scores[p.a], scores[p.b]), p.missed})
			if p.missed {
				missed++
			}
		}
	}
	if missed == 0 {
		return 0
	}
	slices.SortStableFunc(all, func(a, b rated) int { return cmp.Compare(a.quality, b.quality) })
	sum, gone, at := 0.0, 0, 0
	for _, share := range discardShares[1:] {
		for ; at < int(share*float64(len(all))); at++ {
			if all[at].missed {
				gone++
			}
		}
		sum += float64(missed-gone) / float64(missed) / (1 - share)
	}
	return sum / float64(len(discardShares)-1)
}

// crossFitted scores every photo by weights that were chosen on other people.
func crossFitted(set *photoSet, photos []assessed, protocols []missedPairs) []float64 {
	out := make([]float64, len(photos))
	for fold := range fitFolds {
		w := fitWeights(photos, protocols, func(person int) bool { return person%fitFolds != fold })
		for i, a := range photos {
			if set.Photos[i].Person%fitFolds == fold && a.found {
				out[i] = a.Measures.Score(w, a.doubtful)
			}
		}
	}
	return out
}

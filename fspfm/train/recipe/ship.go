package recipe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/train"
	"github.com/pifr-go/pifr/fspfm/train/run"
)

// Calibration says with which thresholds a head is shipped: see eval.Calibrate.
type Calibration struct {
	// Gate leaves faces to the extractor's own features where a head is not wanted.
	Gate head.Gating `json:"gate"`
	// FMR is the false-match rate that thresholds are for.
	FMR float64 `json:"fmr"`
	// Own is the extractor's threshold, which faces that the gate leaves to it keep, and
	// Floor the least of the others.
	Own   float64 `json:"own"`
	Floor float64 `json:"floor"`
}

// usageFile is what a calibrated head's gate and thresholds are written to.
const usageFile = "usage.json"

// ship trains the head once per seed, and keeps the one that is best on people that it
// has not seen, with thresholds that are calibrated on the same people.
func (s *runner) ship(ctx context.Context, data, unseen *features.Set) error {
	if unseen == nil {
		return errors.New("recipe: to choose a head and calibrate it wants people that it has not seen")
	}
	best, mapped, err := s.bestSeed(ctx, data, unseen)
	if err != nil {
		return err
	}
	if err := s.saveHead(best); err != nil {
		return err
	}
	if s.Calibrate == nil {
		return nil
	}
	raw, err := eval.Calibrate(unseen, unseen.Values, head.Gating{}, s.Calibrate.FMR, 0, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Report, "thresholds of the extractor alone: %+v\n", raw)
	thresholds, err := eval.Calibrate(unseen, mapped, s.Calibrate.Gate, s.Calibrate.FMR, s.Calibrate.Own, s.Calibrate.Floor)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Report, "chosen: seed %d; thresholds %+v\n", s.Seed, thresholds)
	usage, err := json.MarshalIndent(struct {
		Gate       head.Gating      `json:"gate"`
		Thresholds []head.Threshold `json:"thresholds"`
	}{s.Calibrate.Gate, thresholds}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Dir, usageFile), append(usage, '\n'), 0o644)
}

// bestSeed returns the head that is best on unseen people, with what it makes of their
// features. Its seed becomes the recipe's.
func (s *runner) bestSeed(ctx context.Context, data, unseen *features.Set) (best *train.HeadResult, bestMapped []float32, err error) {
	most := -1.0
	for _, seed := range s.HeadSeeds {
		module, err := s.module(data)
		if err != nil {
			return nil, nil, err
		}
		cfg := s.Recipe.Head.WithDefaults()
		cfg.SetEpochs(s.Epochs)
		cfg.Seed, cfg.Options = seed, s.runOptions(fmt.Sprintf("seed-%d", seed))
		fit, err := train.TrainHead(ctx, s.engine, module, data, cfg)
		if err != nil {
			return nil, nil, err
		}
		mapped, err := fit.Map(ctx, unseen)
		if err != nil {
			return nil, nil, err
		}
		values, err := eval.Buckets(unseen, mapped)
		if err != nil {
			return nil, nil, err
		}
		fmt.Fprintf(s.Report, "seed %d: TAR at FAR 1e-2 on %d people to choose by: %v\n", seed, unseen.Classes(), run.Values(values))
		if values["tar"] > most {
			best, bestMapped, most, s.Seed = fit, mapped, values["tar"], seed
		}
	}
	return best, bestMapped, nil
}

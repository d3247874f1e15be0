package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/features"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/study"
	"github.com/pifr-go/pifr/fspfm/train"
	trainrun "github.com/pifr-go/pifr/fspfm/train/run"
)

const (
	validationSeed   = 43 // chooses the people that a head is chosen and calibrated by
	validationPeople = 200
	shippedFMR       = 1e-3
)

// shippedGate compares frontal faces as without a head.
var shippedGate = head.Gating{FromDeg: 15, ToDeg: 30}

// ship trains the head that ships behind an extractor: the steady FSPFM once per seed,
// the best of them by people that are in neither training nor benchmark, with thresholds
// calibrated on the same people. It writes head.safetensors and usage.json, which
// fspfm/pack/shipped/pin.go takes.
func (o *options) ship(ctx context.Context) error {
	engine, err := backend.OpenContext(ctx, o.backend)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	eyes, done, err := o.eyes(ctx, engine)
	if err != nil {
		return err
	}
	defer done()
	data, err := eyes.Train(ctx, o.identities, o.shots, trainSeed)
	if err != nil {
		return err
	}
	unseen, err := eyes.Train(ctx, validationPeople, o.shots, validationSeed)
	if err != nil {
		return err
	}
	best, mapped, err := o.bestSeed(ctx, engine, data, unseen)
	if err != nil {
		return err
	}
	raw, err := eval.Calibrate(unseen, unseen.Values, head.Gating{}, shippedFMR, 0, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "thresholds of the extractor alone: %+v\n", raw)
	thresholds, err := eval.Calibrate(unseen, mapped, shippedGate, shippedFMR, o.own, o.floor)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "chosen: seed %d; thresholds %+v\n", best.Seed, thresholds)
	return writeShipped(o.shipDir, best, thresholds)
}

// bestSeed trains the head once per seed, and returns the one that is best on unseen
// people, with what it makes of their features.
func (o *options) bestSeed(ctx context.Context, engine backend.Backend, data, unseen *features.Set) (best *study.Trained, bestMapped []float32, err error) {
	method := study.FSPFM("fspfm", head.Config{}).StayFrontal("fspfm, steady")
	most := -1.0
	for _, seed := range o.seeds {
		run, err := study.Train(ctx, engine, method, data, train.HeadConfig{Plan: train.Plan{Epochs: o.epochs}}, seed)
		if err != nil {
			return nil, nil, err
		}
		mapped, err := run.Map(ctx, unseen)
		if err != nil {
			return nil, nil, err
		}
		values, err := eval.Buckets(unseen, mapped)
		if err != nil {
			return nil, nil, err
		}
		fmt.Fprintf(o.stdout, "seed %d: TAR at FAR 1e-2 on %d people to choose by: %v\n", seed, validationPeople, trainrun.Values(values))
		if values["tar"] > most {
			best, bestMapped, most = run, mapped, values["tar"]
		}
	}
	return best, bestMapped, nil
}

// writeShipped writes both files.
func writeShipped(dir string, run *study.Trained, thresholds []head.Threshold) error {
	module, err := run.Fit.Module()
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := module.Save(&file, map[string]string{"method": run.Method, "seed": fmt.Sprint(run.Seed)}); err != nil {
		return err
	}
	usage, err := json.MarshalIndent(struct {
		Gate       head.Gating      `json:"gate"`
		Thresholds []head.Threshold `json:"thresholds"`
	}{shippedGate, thresholds}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "head.safetensors"), file.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "usage.json"), append(usage, '\n'), 0o644)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset/verification"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/pack"
)

// evaluateBin runs the ten-fold protocol on a verification file, with the feature of each
// face and of its mirror image summed.
func (o *options) evaluateBin(ctx context.Context) error {
	set, err := verification.Open(o.operand)
	if err != nil {
		return err
	}
	e, features, err := o.extract(ctx, len(set.Pictures), "pictures", set.Pixels)
	if err != nil {
		return err
	}
	pairs := make([]eval.Pair, set.Len())
	for i, same := range set.Same {
		pairs[i] = eval.Pair{A: 2 * i, B: 2*i + 1, Same: same}
	}
	result, err := eval.TenFold(features, pairs)
	if err != nil {
		return fmt.Errorf("%s: %w", o.operand, err)
	}
	fmt.Fprintf(o.stdout, "%s  sha256 %s\nmodel %s  sha256 %s\n", filepath.Base(o.operand), set.SHA256, e.name, e.hash)
	return o.printPairs(features, pairs, result)
}

// printPairs prints what a pair protocol found.
func (o *options) printPairs(features [][]float32, pairs []eval.Pair, r eval.FoldResult) error {
	trials, err := eval.Compare(features, pairs)
	if err != nil {
		return err
	}
	roc, err := eval.NewROC(trials)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.stdout, "%d pairs: accuracy %.2f ± %.2f %%, TAR %.2f %% at FAR 1e-3 (ten folds %.2f), AUC %.4f, EER %.2f %%\n",
		len(pairs), 100*r.Accuracy, 100*r.Std, 100*roc.TARAt(1e-3), 100*r.VAL, roc.AUC(), 100*roc.EER())
	return err
}

// evaluatePairs runs a list of pairs on photos: each is detected and aligned, the face
// nearest to the middle taken.
func (o *options) evaluatePairs(ctx context.Context) error {
	list, err := o.readPairs()
	if err != nil {
		return err
	}
	files, pairs, folds := eval.Index(list)
	opts, err := o.photos.Options()
	if err != nil {
		return err
	}
	opts = append(opts, fspfm.WithEngineName(o.backend), fspfm.WithFetch(pack.Progress(o.stderr)))
	if o.photos.Crops == "" {
		opts = append(opts, fspfm.WithCrops(decision.Mirrored)) // as the protocols do
	}
	r, err := fspfm.Open(ctx, opts...)
	if err != nil {
		return err
	}
	defer r.Close()
	progress := tell.New(o.stderr).Of(filepath.Base(o.operand))
	features := make([][]float32, len(files))
	for i, file := range files {
		photo, err := o.photos.ReadFile(filepath.Join(o.images, filepath.FromSlash(file)))
		if err != nil {
			return err
		}
		found, err := r.Embed(ctx, photo)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		features[i] = found.Feature
		progress(i+1, len(files))
	}
	result, err := eval.Folds(features, pairs, folds)
	if err != nil {
		return fmt.Errorf("%s: %w", o.operand, err)
	}
	return o.printPairs(features, pairs, result)
}

// readPairs reads the list in the format that it has.
func (o *options) readPairs() ([]eval.ImagePair, error) {
	f, err := os.Open(o.operand)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, lfw := eval.LFWPairs(f, "")
	if lfw == nil {
		return list, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	list, cplfw := eval.CPLFWPairs(f)
	if cplfw == nil {
		return list, nil
	}
	return nil, fmt.Errorf("%s: neither LFW's list nor CPLFW's: %w", o.operand, errors.Join(lfw, cplfw))
}

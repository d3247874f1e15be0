package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/examples/internal/tell"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/eval"
	"github.com/pifr-go/pifr/fspfm/face"
)

// evaluateIJB compares the templates of IJB-B or IJB-C one to one, as the lists of
// InsightFace's evaluation have them: in DIR, meta/ijbc_face_tid_mid.txt,
// meta/ijbc_template_pair_label.txt, meta/ijbc_name_5pts_score.txt, and the crops in
// loose_crop. Features are those of a face and of its mirror image summed, and count by
// the detector's score.
func (o *options) evaluateIJB(ctx context.Context) error {
	images, marks, pairs, err := readIJB(o.operand)
	if err != nil {
		return err
	}
	engine, err := backend.OpenContext(ctx, o.backend)
	if err != nil {
		return err
	}
	defer engine.Finalize()
	e, err := o.openExtractor(ctx, engine, true)
	if err != nil {
		return err
	}
	defer e.Close()
	progress := tell.New(o.stderr).Of("crops")
	var features [][]float32
	var scores []float64
	for at := 0; at < len(images); at += pixelBatch {
		n := min(pixelBatch, len(images)-at)
		pixels := make([]uint8, 0, n*dataset.PixelLen)
		for _, m := range marks[at : at+n] {
			one, err := alignedCrop(filepath.Join(o.operand, "loose_crop", m.File), m.Landmarks)
			if err != nil {
				return err
			}
			pixels, scores = append(pixels, one...), append(scores, m.Score)
		}
		part, err := e.ExtractPixels(ctx, pixels)
		if err != nil {
			return fmt.Errorf("%s: crop %d and after: %w", o.operand, at, err)
		}
		features = append(features, part...)
		progress(at+n, len(images))
	}
	templates, err := eval.Templates(images, features, scores)
	if err != nil {
		return err
	}
	result, err := eval.IJB(templates, pairs)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "%d crops, %d templates, %d pairs; model %s  sha256 %s\n", len(images), len(templates), len(pairs), e.name, e.hash)
	for i, far := range eval.IJBRates() {
		fmt.Fprintf(o.stdout, "TAR %.2f %% at FAR %.0e\n", 100*result.TAR[i], far)
	}
	return nil
}

// readIJB reads the lists, those of IJB-C if both are there. Landmarks are in the order of
// the images.
func readIJB(dir string) (images []eval.IJBImage, marks []eval.IJBLandmarks, pairs []eval.IJBPair, err error) {
	set := "ijbc"
	list := func(name string) string { return filepath.Join(dir, "meta", set+"_"+name+".txt") }
	if _, err := os.Stat(list("face_tid_mid")); err != nil {
		set = "ijbb"
	}
	if images, err = readList(list("face_tid_mid"), eval.ReadIJBImages); err != nil {
		return nil, nil, nil, err
	}
	if pairs, err = readList(list("template_pair_label"), eval.ReadIJBPairs); err != nil {
		return nil, nil, nil, err
	}
	all, err := readList(list("name_5pts_score"), eval.ReadIJBLandmarks)
	if err != nil {
		return nil, nil, nil, err
	}
	byFile := make(map[string]eval.IJBLandmarks, len(all))
	for _, m := range all {
		byFile[m.File] = m
	}
	for _, image := range images {
		m, ok := byFile[image.File]
		if !ok {
			return nil, nil, nil, fmt.Errorf("%s: no landmarks of %s", dir, image.File)
		}
		marks = append(marks, m)
	}
	return images, marks, pairs, nil
}

func readList[T any](path string, read func(io.Reader) ([]T, error)) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// alignedCrop returns the pixels that an extractor takes of a crop with these landmarks.
func alignedCrop(path string, landmarks [5][2]float64) ([]uint8, error) {
	photo, err := face.ReadFile(path)
	if err != nil {
		return nil, err
	}
	aligned, err := face.Align(photo, face.Face{Landmarks: landmarks})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	pixels := make([]uint8, 0, dataset.PixelLen)
	for at := 0; at < len(aligned.Pix); at += 4 {
		pixels = append(pixels, aligned.Pix[at:at+3]...)
	}
	return pixels, nil
}

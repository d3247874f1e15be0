package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
	scores := make([]float64, len(marks))
	for i, m := range marks {
		scores[i] = m.Score
	}
	e, features, err := o.extract(ctx, len(images), "crops", func(i int, dst []uint8) error {
		return o.alignedCrop(dst, filepath.Join(o.operand, "loose_crop", marks[i].File), marks[i].Landmarks)
	})
	if err != nil {
		return err
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

// alignedCrop writes the pixels that an extractor takes of a crop with these landmarks to dst.
func (o *options) alignedCrop(dst []uint8, path string, landmarks [5][2]float64) error {
	photo, err := o.photos.ReadFile(path)
	if err != nil {
		return err
	}
	aligned, err := face.Align(photo, face.Face{Landmarks: landmarks})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for i := range len(dst) / 3 {
		copy(dst[3*i:3*i+3], aligned.Pix[4*i:])
	}
	return nil
}

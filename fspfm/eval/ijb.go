package eval

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/pifr-go/pifr/internal/vector"
)

// ErrTemplate is wrapped by the errors for templates that IJB's lists do not hold
// together.
var ErrTemplate = errors.New("unusable templates")

// IJBImage is an image of IJB-B or IJB-C with the template and the medium (a still image,
// or a video) that it belongs to.
type IJBImage struct {
	File            string
	Template, Media int
}

// IJBPair compares two templates.
type IJBPair struct {
	A, B int // templates
	Same bool
}

// ReadIJBImages reads ijbb_face_tid_mid.txt or ijbc_face_tid_mid.txt: "file template
// media" per line.
func ReadIJBImages(r io.Reader) ([]IJBImage, error) {
	var images []IJBImage
	err := eachLine(r, 3, func(words []string) error {
		template, err1 := strconv.Atoi(words[1])
		media, err2 := strconv.Atoi(words[2])
		images = append(images, IJBImage{File: words[0], Template: template, Media: media})
		return errors.Join(err1, err2)
	})
	return images, err
}

// ReadIJBPairs reads ijbb_template_pair_label.txt or ijbc_template_pair_label.txt:
// "template template label" per line.
func ReadIJBPairs(r io.Reader) ([]IJBPair, error) {
	var pairs []IJBPair
	err := eachLine(r, 3, func(words []string) error {
		a, err1 := strconv.Atoi(words[0])
		b, err2 := strconv.Atoi(words[1])
		label, err3 := strconv.Atoi(words[2])
		pairs = append(pairs, IJBPair{A: a, B: b, Same: label == 1})
		return errors.Join(err1, err2, err3)
	})
	return pairs, err
}

// IJBLandmarks is a line of ijbc_name_5pts_score.txt: five landmarks in a loose crop, and
// the detector's score.
type IJBLandmarks struct {
	File      string
	Landmarks [5][2]float64
	Score     float64
}

// ReadIJBLandmarks reads ijbb_name_5pts_score.txt or ijbc_name_5pts_score.txt: file, ten
// coordinates, score.
func ReadIJBLandmarks(r io.Reader) ([]IJBLandmarks, error) {
	var all []IJBLandmarks
	err := eachLine(r, 12, func(words []string) error {
		l := IJBLandmarks{File: words[0]}
		for i := range 11 {
			v, err := strconv.ParseFloat(words[1+i], 64)
			if err != nil {
				return err
			}
			if i == 10 {
				l.Score = v
			} else {
				l.Landmarks[i/2][i%2] = v
			}
		}
		all = append(all, l)
		return nil
	})
	return all, err
}

// eachLine calls f for every line, which must have n words.
func eachLine(r io.Reader, n int, f func([]string) error) error {
	lines := newLines(r)
	for {
		words, ok := lines.next()
		if !ok {
			return lines.err()
		}
		if len(words) != n {
			return lines.fail("want %d words, got %d", n, len(words))
		}
		if err := f(words); err != nil {
			return lines.fail("%v", err)
		}
	}
}

// Templates returns the unit feature of every template: the features of a medium are
// averaged, those of a template's media are summed, and the sum is scaled to length one.
// Features are those of the images, of the image and its mirror image summed and not
// normalized, since their length is a measure of quality; weights, if not nil, are the
// detector's scores, by which they are multiplied.
func Templates(images []IJBImage, features [][]float32, weights []float64) (map[int][]float64, error) {
	if len(features) != len(images) || weights != nil && len(weights) != len(images) {
		return nil, fmt.Errorf("eval: IJB: %d images, %d features, %d weights: %w", len(images), len(features), len(weights), ErrTemplate)
	}
	type medium struct{ template, media int }
	sums, counts := map[medium][]float64{}, map[medium]int{}
	var order []medium // sums in a fixed order give the same bits every time
	for i, image := range images {
		m := medium{image.Template, image.Media}
		if counts[m] == 0 {
			sums[m] = make([]float64, len(features[0]))
			order = append(order, m)
		}
		if len(features[i]) != len(sums[m]) {
			return nil, fmt.Errorf("eval: IJB: the feature of image %d has length %d: %w", i, len(features[i]), ErrTemplate)
		}
		weight := 1.0
		if weights != nil {
			weight = weights[i]
		}
		for j, v := range features[i] {
			sums[m][j] += weight * float64(v)
		}
		counts[m]++
	}
	out := map[int][]float64{}
	for _, m := range order {
		if out[m.template] == nil {
			out[m.template] = make([]float64, len(sums[m]))
		}
		for j, v := range sums[m] {
			out[m.template][j] += v / float64(counts[m])
		}
	}
	for template, f := range out {
		if err := toUnit(f); err != nil {
			return nil, fmt.Errorf("eval: IJB: template %d: %w", template, err)
		}
	}
	return out, nil
}

// IJBRates are the rates at which IJB's TAR is reported.
func IJBRates() []float64 { return []float64{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1} }

// IJBResult has the TAR for each of IJBRates.
type IJBResult struct {
	TAR []float64
	ROC *ROC
}

// IJB compares pairs of templates by the product of their features, and reads the TAR at
// the point of the thinned curve whose FAR is nearest to each rate.
func IJB(templates map[int][]float64, pairs []IJBPair) (IJBResult, error) {
	t := Trials{Scores: make([]float64, len(pairs)), Same: make([]bool, len(pairs))}
	for i, p := range pairs {
		a, b := templates[p.A], templates[p.B]
		if a == nil || b == nil {
			return IJBResult{}, fmt.Errorf("eval: IJB: pair %d: template %d or %d is missing: %w", i, p.A, p.B, ErrTemplate)
		}
		t.Scores[i], t.Same[i] = vector.Dot(a, b), p.Same
	}
	roc, err := NewROC(t)
	if err != nil {
		return IJBResult{}, err
	}
	thin := roc.Thin()
	r := IJBResult{ROC: roc}
	for _, far := range IJBRates() {
		r.TAR = append(r.TAR, thin.NearestTAR(far))
	}
	return r, nil
}

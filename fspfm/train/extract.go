package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// Extract maps pictures, packed as [n, 112, 112, 3] in RGB, to one vector each. backbone.Extractor.ExtractPixels is one.
type Extract func(ctx context.Context, rgb []uint8) ([][]float32, error)

// NetExtract makes an Extract of a network with the weights below a scope, run for inference. Unlike those of a backbone.Extractor, features keep
// their length. The caller calls done at the end.
func NetExtract(engine compute.Backend, net *backbone.Net, scope *model.Scope) (extract Extract, done func(), err error) {
	return frozen(engine, scope, dataset.Size, func(pix []uint8, dst []float32) []float32 {
		at := len(dst)
		dst = append(dst, make([]float32, len(pix))...)
		dataset.Normalize(dst[at:], pix)
		return dst
	}, net.Forward)
}

// PoseExtract makes an Extract of a pose network, for pictures as Heads cuts them; the vectors are its pooled features.
func PoseExtract(engine compute.Backend, net *hopenet.Net, scope *model.Scope) (extract Extract, done func(), err error) {
	return frozen(engine, scope, net.Height, func(pix []uint8, dst []float32) []float32 {
		at := len(dst)
		dst = append(dst, make([]float32, net.Height*net.Height*3)...)
		centralView().cut(dst[at:], pix, net.Height)
		return dst
	}, func(scope *model.Scope, x *graph.Node) *graph.Node { return net.Forward(scope, x).Feature })
}

// frozen runs a network on pictures, each of which prepare appends to the input [n, size, size, 3].
func frozen(engine compute.Backend, scope *model.Scope, size int, prepare func(pix []uint8, dst []float32) []float32,
	forward func(*model.Scope, *graph.Node) *graph.Node) (Extract, func(), error) {
	exec, err := model.NewExec(engine, scope.Store(), func(s *model.Scope, x *graph.Node) *graph.Node {
		s.Store().SetTraining(x.Graph(), false)
		return forward(s.Store().Scope(scope.Scope()), x)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("train: extract: %w", err)
	}
	return func(_ context.Context, rgb []uint8) ([][]float32, error) {
		n := len(rgb) / dataset.PixelLen
		var pixels []float32
		for i := range n {
			pixels = prepare(rgb[i*dataset.PixelLen:(i+1)*dataset.PixelLen], pixels)
		}
		x := tensors.FromFlatDataAndDimensions(pixels, n, size, size, 3)
		defer x.FinalizeAll()
		out, err := exec.Call1(x)
		if err != nil {
			return nil, fmt.Errorf("train: extract: %w", err)
		}
		defer out.FinalizeAll()
		values, err := floats(out)
		return rows(convert[float64, float32](values), len(values)/n), err
	}, exec.Finalize, nil
}

// MakeConfig says how features are made.
type MakeConfig struct {
	// Mirror adds the mirror image of every face behind all faces.
	Mirror bool
	// Pose estimates pose features on PoseSource, whose picture i shows what picture i of the source shows, cut for a pose network. nil
	// leaves pose features out.
	Pose       Extract
	PoseSource dataset.Source
	// Told, if given, is called with the number of pictures done.
	Told func(done, all int)
}

// makeBatch is the number of pictures that MakeFeatures looks at once.
const makeBatch = 32

// MakeFeatures runs a frozen extractor over a set.
func MakeFeatures(ctx context.Context, source dataset.Source, extract Extract, cfg MakeConfig) (*Features, error) {
	if cfg.Pose != nil && (cfg.PoseSource == nil || cfg.PoseSource.Len() != source.Len()) {
		return nil, errors.New("train: features: pictures for the pose network must be as many as faces")
	}
	f := &Features{}
	for _, mirror := range []bool{false, true} {
		if mirror && !cfg.Mirror {
			break
		}
		told := func(done int) {
			if cfg.Told != nil {
				cfg.Told(done, source.Len())
			}
		}
		values, labels, err := vectorsOf(ctx, source, extract, mirror, told)
		if err != nil {
			return nil, err
		}
		f.FeatureLen, f.Values = len(values)/len(labels), append(f.Values, values...)
		for i := range labels {
			f.Names, f.Identities = append(f.Names, labels[i].Key), append(f.Identities, labels[i].Identity)
			if labels[i].HasPose {
				f.Angles = append(f.Angles, labels[i].Pose)
			}
		}
		if cfg.Pose != nil {
			poses, _, err := vectorsOf(ctx, cfg.PoseSource, cfg.Pose, mirror, func(int) {})
			if err != nil {
				return nil, err
			}
			f.PoseLen, f.Poses = len(poses)/len(labels), append(f.Poses, poses...)
		}
	}
	if len(f.Angles) != f.Len() {
		f.Angles = nil // known of some faces only
	}
	return f, f.Check()
}

// vectorsOf runs an Extract over a set, or over its mirror images.
func vectorsOf(ctx context.Context, source dataset.Source, extract Extract, mirror bool, told func(done int)) ([]float32, []dataset.Label, error) {
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: makeBatch, Order: dataset.InOrder, Partial: true, Epochs: 1, Bytes: true})
	if err != nil {
		return nil, nil, fmt.Errorf("train: features: %w", err)
	}
	var values []float32
	var labels []dataset.Label
	for b, err := range loader.Batches(ctx, dataset.Position{}) {
		if err != nil {
			return nil, nil, fmt.Errorf("train: features: %w", err)
		}
		n := b.Len()
		if mirror {
			flip(b)
		}
		// A short last batch is filled up: one size of graph is enough.
		pixels := b.Bytes
		if n < makeBatch {
			pixels = append(slices.Clone(pixels), make([]uint8, (makeBatch-n)*dataset.PixelLen)...)
		}
		out, err := extract(ctx, pixels)
		if err != nil {
			return nil, nil, fmt.Errorf("train: features of %s and the faces after it: %w", b.Labels[0].Key, err)
		}
		for _, v := range out[:n] {
			values = append(values, v...)
		}
		labels = append(labels, b.Labels...)
		b.Release()
		told(len(labels))
	}
	return values, labels, nil
}

// flip mirrors the pictures of a batch, and their labels.
func flip(b *dataset.Batch) {
	for i := range b.Labels {
		pix := b.Bytes[i*dataset.PixelLen : (i+1)*dataset.PixelLen]
		for y := range dataset.Size {
			row := pix[y*dataset.Size*3 : (y+1)*dataset.Size*3]
			for l, r := 0, dataset.Size-1; l < r; l, r = l+1, r-1 {
				for c := range 3 {
					row[3*l+c], row[3*r+c] = row[3*r+c], row[3*l+c]
				}
			}
		}
		b.Labels[i].Flip()
		b.Labels[i].Key += " mirrored"
	}
}

// CachedFeatures returns the features that a file in dir holds under the key, or makes and keeps them. The key stands for everything that they
// depend on: hash the extractor's weights and the set (HashFile, dataset.Fingerprint).
func CachedFeatures(dir, key string, make func() (*Features, error)) (*Features, error) {
	sum := sha256.Sum256([]byte(key))
	path := filepath.Join(dir, "features-"+hex.EncodeToString(sum[:8])+".safetensors")
	f, err := readFeatures(path, key)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return f, err
	}
	if f, err = make(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("train: keep features: %w", err)
	}
	if err := weights.Write(path, f.encode(), map[string]string{"key": key, "hash": f.Hash()}); err != nil {
		return nil, fmt.Errorf("train: keep features: %w", err)
	}
	return f, nil
}

// HashFile returns the SHA-256 of a file, in hex.
func HashFile(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("train: hash: %w", err)
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return "", fmt.Errorf("train: hash %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

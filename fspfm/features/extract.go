package features

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
	"github.com/pifr-go/pifr/fspfm/dataset/augment"
	"github.com/pifr-go/pifr/internal/flat"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// Extract maps pictures, packed as [n, 112, 112, 3] in RGB, to one vector each.
// backbone.Extractor.ExtractPixels is one.
type Extract func(ctx context.Context, rgb []uint8) ([][]float32, error)

// NetExtract makes an Extract of a network with the weights below a scope, run for
// inference. Unlike those of a backbone.Extractor, features keep their length. The caller
// calls done at the end.
func NetExtract(engine compute.Backend, net *backbone.Net, scope *model.Scope) (extract Extract, done func(), err error) {
	return frozen(engine, scope, dataset.Size, func(pix []uint8, dst []float32) []float32 {
		at := len(dst)
		dst = append(dst, make([]float32, len(pix))...)
		dataset.Normalize(dst[at:], pix)
		return dst
	}, net.Forward)
}

// PoseExtract makes an Extract of a pose network, for pictures as rendered.Wide
// cuts them; the vectors are its pooled features.
func PoseExtract(engine compute.Backend, net *hopenet.Net, scope *model.Scope) (extract Extract, done func(), err error) {
	return posed(engine, net, scope, func(out hopenet.Output) *graph.Node { return out.Feature })
}

// AnglesExtract is PoseExtract for the angles of a network that was trained on rendered
// heads: yaw, pitch and roll in radians, in the frame in which fspfm gives them
// (hopenet.RenderedNodDeg).
func AnglesExtract(engine compute.Backend, net *hopenet.Net, scope *model.Scope) (extract Extract, done func(), err error) {
	angles, done, err := posed(engine, net, scope, net.Angles)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, rgb []uint8) ([][]float32, error) {
		rows, err := angles(ctx, rgb)
		for i, a := range rows {
			n := hopenet.Nod(pose.Angles{Yaw: float64(a[0]), Pitch: float64(a[1]), Roll: float64(a[2])}, hopenet.RenderedNodDeg)
			rows[i] = []float32{float32(n.Yaw), float32(n.Pitch), float32(n.Roll)}
		}
		return rows, err
	}, done, nil
}

// posed makes an Extract of a part of what a pose network says of the central window of a
// picture.
func posed(engine compute.Backend, net *hopenet.Net, scope *model.Scope, of func(hopenet.Output) *graph.Node) (Extract, func(), error) {
	return frozen(engine, scope, net.Height, func(pix []uint8, dst []float32) []float32 {
		at := len(dst)
		dst = append(dst, make([]float32, net.Height*net.Height*3)...)
		hopenet.Central(dataset.Size).Cut(dst[at:], pix, dataset.Size, net.Height)
		return dst
	}, func(scope *model.Scope, x *graph.Node) *graph.Node { return of(net.Forward(scope, x)) })
}

// frozen runs a network on pictures, each of which prepare appends to the input [n, size,
// size, 3].
func frozen(engine compute.Backend, scope *model.Scope, size int, prepare func(pix []uint8, dst []float32) []float32,
	forward func(*model.Scope, *graph.Node) *graph.Node) (Extract, func(), error) {
	exec, err := model.NewExec(engine, scope.Store(), func(s *model.Scope, x *graph.Node) *graph.Node {
		s.Store().SetTraining(x.Graph(), false)
		return forward(s.Store().Scope(scope.Scope()), x)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("features: extract: %w", err)
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
			return nil, fmt.Errorf("features: extract: %w", err)
		}
		defer out.FinalizeAll()
		values, err := flat.Values(out)
		return flat.Rows(flat.Convert[float64, float32](values), len(values)/n), err
	}, exec.Finalize, nil
}

// Config says how features are made.
type Config struct {
	// Mirror adds the mirror image of every face behind all faces.
	Mirror bool
	// Poses are pose features, as Make with the same Mirror makes them by
	// PoseExtract or AnglesExtract: picture i of the set that they were made of shows
	// what picture i of the source shows, cut for a pose network. nil leaves pose
	// features out.
	Poses *Set
	// Progress, if given, is called with the number of pictures done.
	Progress func(done, all int)
	// Skips, if given, leaves out faces that cannot be read. It does not go with Poses.
	Skips *dataset.Skips
}

// makeBatch is the number of pictures that Make looks at once.
const makeBatch = 32

// Make runs a frozen extractor over a set. Every picture is read once.
func Make(ctx context.Context, source dataset.Source, extract Extract, cfg Config) (*Set, error) {
	faces, mirrored, err := cfg.look(ctx, source, extract)
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	f := &Set{Values: append(faces.values, mirrored.values...)}
	for _, label := range append(faces.labels, mirrored.labels...) {
		f.Names, f.Identities = append(f.Names, label.Key), append(f.Identities, label.Identity)
		if label.HasPose {
			f.Angles = append(f.Angles, label.Pose)
		}
	}
	f.FeatureLen = len(f.Values) / max(1, f.Len())
	if len(f.Angles) != f.Len() {
		f.Angles = nil // known of some faces only
	}
	if cfg.Poses != nil {
		return f.WithPoses(cfg.Poses)
	}
	return f, f.Check()
}

// seen is what an Extract made of pictures, row by row, with their labels.
type seen struct {
	values []float32
	labels []dataset.Label
}

// look runs an Extract over a set, and over its mirror images if they are wanted.
func (c Config) look(ctx context.Context, source dataset.Source, extract Extract) (faces, mirrored seen, err error) {
	loader, err := dataset.NewLoader(source, dataset.Options{Batch: makeBatch, Order: dataset.InOrder, Partial: true, Epochs: 1, Bytes: true, Skips: c.Skips})
	if err != nil {
		return faces, mirrored, err
	}
	done := 0
	for b, err := range loader.Batches(ctx, dataset.Position{}) {
		if err != nil {
			return faces, mirrored, err
		}
		if err := faces.add(ctx, extract, b); err != nil {
			return faces, mirrored, err
		}
		if c.Mirror {
			flip(b)
			if err := mirrored.add(ctx, extract, b); err != nil {
				return faces, mirrored, err
			}
		}
		done += b.Len()
		b.Release()
		if c.Progress != nil {
			c.Progress(done, source.Len())
		}
	}
	return faces, mirrored, nil
}

// add looks at a batch. A short last one is filled up: one size of graph is enough.
func (s *seen) add(ctx context.Context, extract Extract, b *dataset.Batch) error {
	n, pixels := b.Len(), b.Bytes
	if n < makeBatch {
		pixels = append(slices.Clone(pixels), make([]uint8, (makeBatch-n)*dataset.PixelLen)...)
	}
	out, err := extract(ctx, pixels)
	if err != nil {
		return fmt.Errorf("%s and the faces after it: %w", b.Labels[0].Key, err)
	}
	for i, v := range out[:n] {
		if b.Index[i] != b.Step*makeBatch+i {
			continue // the face that is here in order cannot be read, and this is another
		}
		s.values, s.labels = append(s.values, v...), append(s.labels, b.Labels[i])
	}
	return nil
}

// flip mirrors the pictures of a batch, and their labels.
func flip(b *dataset.Batch) {
	for i := range b.Labels {
		pix := b.Bytes[i*dataset.PixelLen : (i+1)*dataset.PixelLen]
		augment.Flip(pix, dataset.Size)
		b.Labels[i].Flip()
		b.Labels[i].Key += " mirrored"
	}
}

// Cached returns the features that a file in dir holds under the key, or makes
// and keeps them. The key stands for everything that they depend on: hash the extractor's
// weights and the set (HashFile, dataset.Fingerprint).
func Cached(dir, key string, make func() (*Set, error)) (*Set, error) {
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
		return nil, fmt.Errorf("features: keep features: %w", err)
	}
	if err := weights.Write(path, f.encode(), map[string]string{"key": key, "hash": f.Hash()}); err != nil {
		return nil, fmt.Errorf("features: keep features: %w", err)
	}
	return f, nil
}

// HashFile returns the SHA-256 of a file, in hex.
func HashFile(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("features: hash: %w", err)
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return "", fmt.Errorf("features: hash %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

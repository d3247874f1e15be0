package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"

	"github.com/pifr-go/pifr/fspfm/pack"
)

// File is the file of one model.
type File struct {
	// Model says what it is for, of which kind it is and how it is fed.
	Model pack.Model

	// Where says where the file is, for messages.
	Where string

	Data   []byte
	SHA256 string // of Data, in hex
}

// Size is the size of picture that the model's pack states, zero if it takes any.
func (f *File) Size() image.Point { return image.Pt(f.Model.Input.Width, f.Model.Input.Height) }

// Of reads the file of a role of a pack. The error wraps pack.ErrRole if the pack has
// none.
func Of(p *pack.Pack, role pack.Role) (*File, error) {
	entry, err := p.Entry(role)
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	data, err := p.Read(role)
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	return newFile(entry.Model, entry.Where(), data), nil
}

// Find reads the file that a name means: that of a role of a pack, which the name or the
// folder of the pack says, or a file itself. The options are for fetching packs.
//
// Of a file, the role is taken to be the one that is asked for, and the ending says what
// it holds. One that ends in ".onnx" is a network of others, fed as its family mostly is:
// recognizers as backbone.ArcFacePixels says, pose networks with ImageNet's means. Where
// a network wants something else, a folder with a pack.json says so; see pack.FromDir.
// Any other ending stands for the weights of this module's own light networks.
func Find(ctx context.Context, role pack.Role, name string, opts ...pack.Option) (*File, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() || isFile(name) {
		return readFile(role, name)
	}
	p, err := Pack(ctx, name, opts...)
	if err != nil {
		return nil, err
	}
	return Of(p, role)
}

// Pack returns the pack of a name, fetched if need be, or that of a folder.
func Pack(ctx context.Context, name string, opts ...pack.Option) (*pack.Pack, error) {
	p, err := (*pack.Pack)(nil), error(nil)
	if info, statErr := os.Stat(name); statErr == nil && info.IsDir() {
		p, err = pack.FromDir(name)
	} else {
		p, err = pack.Fetch(ctx, name, opts...)
	}
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	return p, nil
}

// isFile tells the name of a file from that of a pack by its ending.
func isFile(name string) bool {
	ending := strings.ToLower(filepath.Ext(name))
	return ending == onnx || ending == ".safetensors"
}

const onnx = ".onnx"

func readFile(role pack.Role, path string) (*File, error) {
	model, err := modelOf(role, strings.ToLower(filepath.Ext(path)) == onnx)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	return newFile(model, path, data), nil
}

func newFile(model pack.Model, where string, data []byte) *File {
	sum := sha256.Sum256(data)
	return &File{Model: model, Where: where, Data: data, SHA256: hex.EncodeToString(sum[:])}
}

// modelOf is what a file of the role is taken to be.
func modelOf(role pack.Role, onnx bool) (pack.Model, error) {
	m := pack.Model{Role: role}
	faces := pack.Input{Mean: [3]float32{127.5, 127.5, 127.5}, Std: [3]float32{127.5, 127.5, 127.5}}
	heads := pack.Input{Mean: [3]float32{123.675, 116.28, 103.53}, Std: [3]float32{58.395, 57.12, 57.375}}
	switch {
	case role == pack.Detector && onnx: // which one, the network's outputs say
	case role == pack.Recognizer && onnx:
		m.Kind, m.Input = pack.ArcFace, faces
	case role == pack.Recognizer:
		m.Kind, m.Input = pack.Mini, faces
	case role == pack.Pose && onnx:
		m.Kind, m.Input = pack.HopeNet, heads
	case role == pack.Pose:
		m.Kind, m.Input = pack.HopeNetLight, heads
	case (role == pack.Landmarks || role == pack.Reader) && !onnx:
		m.Kind, m.Input = pack.LandmarkNet, heads
	case role == pack.Head && !onnx:
		m.Kind = pack.FSPFM
	default:
		return m, fmt.Errorf("%w: a file of this kind is no %s", ErrRole, role)
	}
	return m, nil
}

package pack_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/pack"
)

// What a pack is made of can be asked without fetching it.
func ExampleLookup() {
	m, err := pack.Lookup(pack.Default)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.License)
	for _, model := range m.Models {
		fmt.Println(model.Role, model.Kind, model.Files[0])
	}
	// Output:
	// YuNet: MIT; SFace: Apache-2.0. Commercial use is allowed.
	// detector yunet face_detection_yunet_2023mar.onnx
	// recognizer sface face_recognition_sface_2021dec.onnx
	// pose hopenet-light hopenet-light.safetensors
	// reader landmark-light landmark-reader.safetensors
	// landmarks landmark-light landmark-light.safetensors
	// head fspfm sface-fspfm.safetensors
}

// A folder as InsightFace's packs unpack to.
func ExampleFromDir() {
	dir, err := os.MkdirTemp("", "buffalo_l")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"det_10g.onnx", "w600k_r50.onnx", "genderage.onnx"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			log.Fatal(err)
		}
	}
	p, err := pack.FromDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, role := range p.Roles() {
		e, err := p.Entry(role)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(role, e.Kind, e.File.Name)
	}
	// Output:
	// detector scrfd det_10g.onnx
	// recognizer arcface w600k_r50.onnx
}

package features

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"

	"github.com/gomlx/compute/dtypes"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// encode makes the tensors of a features file. Names of faces are kept as JSON in a
// tensor of bytes.
func (f *Set) encode() []weights.Tensor {
	n := f.Len()
	ids := make([]byte, 0, 8*n)
	for _, id := range f.Identities {
		ids = binary.LittleEndian.AppendUint64(ids, uint64(id))
	}
	var angles []byte
	for _, a := range f.Angles {
		for _, v := range []float64{a.Yaw, a.Pitch, a.Roll} {
			angles = binary.LittleEndian.AppendUint64(angles, math.Float64bits(v))
		}
	}
	names, _ := json.Marshal(f.Names) // strings always have a JSON
	return []weights.Tensor{
		{Name: "features", DType: dtypes.Float32, Shape: []int{n, f.FeatureLen}, Data: vector.Bytes(f.Values)},
		{Name: "poses", DType: dtypes.Float32, Shape: []int{len(f.Poses) / max(1, f.PoseLen), f.PoseLen}, Data: vector.Bytes(f.Poses)},
		{Name: "angles", DType: dtypes.Float64, Shape: []int{len(f.Angles), 3}, Data: angles},
		{Name: "identities", DType: dtypes.Int64, Shape: []int{n}, Data: ids},
		{Name: "names", DType: dtypes.Uint8, Shape: []int{len(names)}, Data: names},
	}
}

// readFeatures reads a features file. The error wraps os.ErrNotExist if there is none.
func readFeatures(path, key string) (*Set, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("features: kept features: %w", err)
	}
	list, about, err := weights.DecodeSafetensors(data)
	if err == nil && about["key"] != key {
		err = errors.New("they were made of something else")
	}
	var f *Set
	if err == nil {
		f, err = decodeFeatures(list)
	}
	if err == nil && f.Hash() != about["hash"] {
		err = errors.New("their checksum is wrong")
	}
	if err != nil {
		return nil, fmt.Errorf("features: kept features %s: %w; remove the file to have them made again", path, err)
	}
	return f, nil
}

func decodeFeatures(list []weights.Tensor) (*Set, error) {
	byName := map[string]weights.Tensor{}
	for _, t := range list {
		byName[t.Name] = t
	}
	for name, rank := range map[string]int{"features": 2, "poses": 2, "angles": 2, "identities": 1, "names": 1} {
		if t, ok := byName[name]; !ok || len(t.Shape) != rank {
			return nil, fmt.Errorf("tensor %s is missing, or of another rank", name)
		}
	}
	f := &Set{FeatureLen: byName["features"].Shape[1], Values: vector.OfBytes(byName["features"].Data),
		PoseLen: byName["poses"].Shape[1], Poses: vector.OfBytes(byName["poses"].Data)}
	number := func(name string, i int) uint64 { return binary.LittleEndian.Uint64(byName[name].Data[8*i:]) }
	for i := range len(byName["identities"].Data) / 8 {
		f.Identities = append(f.Identities, int(number("identities", i)))
	}
	for i := range len(byName["angles"].Data) / 24 {
		at := func(k int) float64 { return math.Float64frombits(number("angles", 3*i+k)) }
		f.Angles = append(f.Angles, pose.Angles{Yaw: at(0), Pitch: at(1), Roll: at(2)})
	}
	if err := json.Unmarshal(byName["names"].Data, &f.Names); err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	return f, f.Check()
}

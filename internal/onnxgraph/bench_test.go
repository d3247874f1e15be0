package onnxgraph

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkNetworks runs the default pack's networks, compiled outside the loop.
func BenchmarkNetworks(b *testing.B) {
	const detector, recognizer = "face_detection_yunet_2023mar_int8bq.onnx", "face_recognition_sface_2021dec_int8bq.onnx"
	for _, engine := range testedEngines {
		for _, c := range []struct {
			name, file string
			dims       []int
		}{
			{"sface", recognizer, []int{1, 3, 112, 112}},
			{"sface", recognizer, []int{8, 3, 112, 112}},
			{"yunet", detector, []int{1, 3, 320, 320}},
			{"yunet", detector, []int{1, 3, 480, 640}},
		} {
			b.Run(fmt.Sprintf("%s/%s/%v", engine, c.name, c.dims), func(b *testing.B) {
				m, err := Load(readNetwork(b, c.file))
				require.NoError(b, err)
				r, err := m.Runner(open(b, engine))
				require.NoError(b, err)
				defer r.Close()
				x := uniform(42, 0, 255, c.dims...)
				_, err = r.Run(x)
				require.NoError(b, err)
				for b.Loop() {
					if _, err := r.Run(x); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

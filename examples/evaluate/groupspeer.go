package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
)

// clusterScript is what scikit-learn runs.
//
//go:embed peer/cluster.py
var clusterScript []byte

// peerFaces is the most faces that the peers group: their distances take 6 GB, twice.
const peerFaces = 20000

// peerGroups runs the script with the interpreter of -peers.
func (o *options) peerGroups(ctx context.Context, features string) ([]grouping, error) {
	var out bytes.Buffer
	c := exec.CommandContext(ctx, o.python, "-", features)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(clusterScript), &out, o.stderr
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("-peers %s: %w", o.python, err)
	}
	var all []grouping
	for lines := json.NewDecoder(&out); ; {
		var g grouping
		err := lines.Decode(&g)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("-peers: %w", err)
		}
		all = append(all, g)
	}
}

// littleEndian is a feature as bytes, which JSON has in base64.
func littleEndian(feature []float32) []byte {
	data := make([]byte, 0, 4*len(feature))
	for _, v := range feature {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}

// unitLength scales a feature to length one.
func unitLength(feature []float32) []float32 {
	square := 0.0
	for _, v := range feature {
		square += float64(v) * float64(v)
	}
	out := make([]float32, len(feature))
	for i, v := range feature {
		out[i] = float32(float64(v) / math.Sqrt(square))
	}
	return out
}

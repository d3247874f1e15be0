package people

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkAdd adds faces of many people at once.
func BenchmarkAdd(b *testing.B) {
	for _, c := range []struct {
		name   string
		people int
	}{{"2000 faces", 100}, {"100000 faces", 5000}} {
		b.Run(c.name, func(b *testing.B) {
			faces, _ := album(rand.New(rand.NewPCG(42, 0)), c.people, 20, 0.7)
			b.ResetTimer()
			for range b.N {
				l := library(b)
				require.NoError(b, l.Add(context.Background(), faces...))
			}
		})
	}
}

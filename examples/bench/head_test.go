package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/head"
)

func TestHead(t *testing.T) {
	work, err := headTasks(smallNet(t), head.Config{FeatureLen: 8, PoseLen: 6}, []int{1, 3})
	require.NoError(t, err)
	text, r := quick(t, "head", work, "go", "gonum")
	checkRows(t, r, 5, 2) // two engines in four tasks, and the plain call in two
	require.Contains(t, text, "FSPFM 8 values, pose 6, batch 3\n")
	require.Contains(t, text, "share of the network's time\n")
	require.Contains(t, text, plainName)
	require.Contains(t, text, "Module.Frontalize allocates 0 times per call.\n")
}

package recordio_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/recordio"
	"github.com/pifr-go/pifr/pose"
)

// Faces with poses go into a set as InsightFace's tools read it, and come back with their
// labels.
func Example() {
	ctx := context.Background()
	black := make([]uint8, dataset.PixelLen)
	faces, err := dataset.NewMemory([]dataset.Sample{
		{Pix: black, Label: dataset.Label{Identity: 0, HasPose: true}},
		{Pix: black, Label: dataset.Label{Identity: 0, HasPose: true, Pose: pose.FromDeg(-75, 0, 0)}},
		{Pix: black, Label: dataset.Label{Identity: 1}},
	}, []string{"Ada", "Blaise"})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "recordio")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	path := filepath.Join(dir, "train.rec")
	w, err := recordio.Create(path, "an example")
	if err != nil {
		log.Fatal(err)
	}
	if err := dataset.Copy(ctx, w, faces, dataset.CopyOptions{}); err != nil {
		log.Fatal(err)
	}
	set, err := recordio.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	for i := range set.Len() {
		l := set.Label(i)
		fmt.Println(l.Key, set.IdentityName(l.Identity), l.HasPose, l.Pose)
	}
	// Output:
	// 1 Ada true yaw 0.0 pitch 0.0 roll 0.0 deg
	// 2 Ada true yaw -75.0 pitch 0.0 roll 0.0 deg
	// 3 Blaise false yaw 0.0 pitch 0.0 roll 0.0 deg
}

package dataset_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/augment"
	"github.com/pifr-go/pifr/pose"
)

// people returns a source of as many people as told, each with a frontal face and three
// that are turned further and further.
func people(n int) dataset.Source {
	var samples []dataset.Sample
	var names []string
	for id := range n {
		names = append(names, fmt.Sprintf("person-%02d", id))
		for shot := range 4 {
			samples = append(samples, dataset.Sample{Pix: make([]uint8, dataset.PixelLen), Label: dataset.Label{
				Identity: id, Key: fmt.Sprintf("%02d-%d", id, shot), HasPose: true, Pose: pose.FromDeg(float64(25*shot), 0, 0)}})
		}
	}
	s, err := dataset.NewMemory(samples, names)
	if err != nil {
		log.Fatal(err)
	}
	return s
}

// A training run that stops after two batches, and goes on where it stopped.
func Example() {
	loader, err := dataset.NewLoader(people(10), dataset.Options{Batch: 16, Augment: augment.Paper(), Epochs: 2})
	if err != nil {
		log.Fatal(err)
	}
	var next dataset.Position // what a checkpoint keeps
	for batch, err := range loader.Batches(context.Background(), next) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(batch.Position, len(batch.Pixels)/dataset.PixelLen, "faces")
		if next = batch.Next; batch.Step == 1 {
			break
		}
	}
	for batch, err := range loader.Batches(context.Background(), next) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(batch.Position, "resumed")
		batch.Release()
	}
	// Output:
	// {0 0} 16 faces
	// {0 1} 16 faces
	// {1 0} resumed
	// {1 1} resumed
}

// No person is on both sides of a split, and which side depends on nothing but name and
// seed.
func ExampleSplit() {
	train, held, err := dataset.Split(people(10), dataset.DefaultSeed, 0.3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(train.Identities(), "people to train on; held out:")
	for id := range held.Identities() {
		fmt.Println(held.IdentityName(id))
	}
	// Output:
	// 6 people to train on; held out:
	// person-01
	// person-02
	// person-03
	// person-06
}

// Stage 2 sees each profile once in an epoch, beside a frontal face of the same person.
func ExampleNewPairs() {
	pairs, err := dataset.NewPairs(people(3), dataset.PairOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range pairs.Epoch(dataset.DefaultSeed, 0) {
		frontal, profile := pairs.Source().Label(p.Frontal), pairs.Source().Label(p.Profile)
		fmt.Println(frontal.Key, profile.Key, profile.Pose)
	}
	// Output:
	// 00-0 00-2 yaw 50.0 pitch 0.0 roll 0.0 deg
	// 00-0 00-3 yaw 75.0 pitch 0.0 roll 0.0 deg
	// 01-0 01-2 yaw 50.0 pitch 0.0 roll 0.0 deg
	// 01-0 01-3 yaw 75.0 pitch 0.0 roll 0.0 deg
	// 02-0 02-2 yaw 50.0 pitch 0.0 roll 0.0 deg
	// 02-0 02-3 yaw 75.0 pitch 0.0 roll 0.0 deg
}

// The sidecar that photos without poses need for stage 2.
func ExampleReadPoses() {
	_, err := dataset.ReadPoses("ms1m-poses.jsonl")
	missing, _, _ := strings.Cut(err.Error(), ";") // the rest says what to write into it
	fmt.Println(missing)

	file, err := os.CreateTemp("", "poses-*.jsonl")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file.Name())
	if err := (dataset.Poses{"17": pose.FromDeg(-48.5, 3, 1)}).Write(file.Name()); err != nil {
		log.Fatal(err)
	}
	poses, err := dataset.ReadPoses(file.Name())
	fmt.Println(poses["17"], err)
	// Output:
	// dataset: no poses: the sidecar ms1m-poses.jsonl is missing
	// yaw -48.5 pitch 3.0 roll 1.0 deg <nil>
}

// Stage 2 of the paper on pictures: the profiles of a set, each beside a frontal face of the
// same person.
func ExampleNewPairLoader() {
	pairs, err := dataset.NewPairs(people(10), dataset.PairOptions{})
	if err != nil {
		log.Fatal(err)
	}
	loader, err := dataset.NewPairLoader(pairs, dataset.Options{Batch: 4})
	if err != nil {
		log.Fatal(err)
	}
	for batch, err := range loader.Batches(context.Background(), dataset.Position{}) {
		if err != nil {
			log.Fatal(err)
		}
		frontal, profile := batch.Labels[0], batch.Profile.Labels[0]
		fmt.Println(frontal.Identity == profile.Identity, pose.Degrees(frontal.Pose.Yaw) <= 20, pose.Degrees(profile.Pose.Yaw) > 40)
		break
	}
	// Output: true true true
}

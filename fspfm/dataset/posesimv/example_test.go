package posesimv_test

import (
	"fmt"
	"log"

	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
)

// The pairs of a bucket, and what all the pictures are, for those who score every picture
// with every other.
func Example() {
	set, err := posesimv.New(posesimv.Config{Tier: posesimv.Hard})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.Len(), "pictures of", set.Identities(), "people")
	for _, b := range posesimv.Buckets() {
		pairs := set.Pairs(b)
		fmt.Println(b, len(pairs), "pairs; the first:", set.Label(pairs[0].Frontal).Key, set.Label(pairs[0].Other).Key)
	}
	fmt.Printf("%+v\n", set.Image(27999))
	// Output:
	// 28000 pictures of 2000 people
	// yaw-00-20 8000 pairs; the first: v0000/frontal-0 v0000/yaw-00-20-0
	// yaw-20-40 8000 pairs; the first: v0000/frontal-0 v0000/yaw-20-40-0
	// yaw-40-60 8000 pairs; the first: v0000/frontal-0 v0000/yaw-40-60-0
	// yaw-60-90 8000 pairs; the first: v0000/frontal-0 v0000/yaw-60-90-0
	// pitch-20-40 8000 pairs; the first: v0000/frontal-0 v0000/pitch-20-40-0
	// pitch-40-60 8000 pairs; the first: v0000/frontal-0 v0000/pitch-40-60-0
	// {Person:1999 Alike:1998 Fold:9 Bucket:pitch-40-60 Shot:1}
}

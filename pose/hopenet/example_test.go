package hopenet_test

import (
	"context"
	"fmt"
	"image"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
)

// A light network estimates the pose of a head in a photo. With untrained weights, as
// here, the angles mean nothing.
func Example() {
	engine, err := backend.Open("gonum")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	net, err := hopenet.Light()
	if err != nil {
		panic(err)
	}
	store := model.NewStore()
	if err := net.Init(store.RootScope(), dtypes.Float32, 42); err != nil {
		panic(err)
	}
	est, err := hopenet.New(engine, net, store.RootScope(), hopenet.Config{})
	if err != nil {
		panic(err)
	}
	defer est.Close()
	photo := image.NewGray(image.Rect(0, 0, 200, 200))
	poses, err := est.Estimate(context.Background(), pose.Subject{Photo: photo, Box: pose.Rect{MinX: 50, MinY: 40, MaxX: 150, MaxY: 170}})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(poses), len(poses[0].Feature))
	// Output: 1 192
}

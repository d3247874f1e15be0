package landmark_test

import (
	"context"
	"fmt"
	"image"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/landmark"
)

// A light network finds the points of a face that a detector has boxed. With untrained
// weights, as here, they mean nothing; landmark.Open takes those that ship.
func Example() {
	engine, err := backend.Open("gonum")
	if err != nil {
		panic(err)
	}
	defer engine.Finalize()
	net, err := landmark.Light()
	if err != nil {
		panic(err)
	}
	store := model.NewStore()
	if err := net.Init(store.RootScope(), dtypes.Float32, 42); err != nil {
		panic(err)
	}
	refiner, err := landmark.New(engine, net, store.RootScope(), landmark.Config{})
	if err != nil {
		panic(err)
	}
	defer refiner.Close()
	photo := image.NewGray(image.Rect(0, 0, 200, 200))
	found, err := refiner.Refine(context.Background(), pose.Subject{Photo: photo, Box: pose.Rect{MinX: 50, MinY: 40, MaxX: 150, MaxY: 170}})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(found), "face,", len(found[0].Landmarks), "points")
	// Output: 1 face, 5 points
}

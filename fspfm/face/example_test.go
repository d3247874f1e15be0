package face_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"log"
	"os"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/face"
)

// A face that lies on its side comes out upright, its landmarks on the template.
func ExampleAlign() {
	photo := image.NewGray(image.Rect(0, 0, 400, 300))
	lying := face.Face{Landmarks: [5][2]float64{{220, 80}, {220, 150}, {180, 115}, {140, 86}, {140, 144}}}
	for _, p := range lying.Landmarks {
		for d := range 9 {
			for e := range 9 {
				photo.SetGray(int(p[0])+d-4, int(p[1])+e-4, color.Gray{Y: 250})
			}
		}
	}
	aligned, err := face.Align(photo, lying)
	if err != nil {
		log.Fatal(err)
	}
	toTemplate, err := face.Similarity(lying.Landmarks, face.TemplateSize)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(aligned.Bounds().Size())
	for _, p := range lying.Landmarks {
		x, y := toTemplate.Apply(p[0], p[1])
		fmt.Printf("(%.0f, %.0f) %d\n", x, y, aligned.RGBAAt(int(x+0.5), int(y+0.5)).R)
	}
	// Output:
	// (112,112)
	// (38, 52) 250
	// (74, 52) 250
	// (56, 72) 250
	// (41, 92) 250
	// (71, 92) 250
}

// Who a photo is of is for the caller to say.
func ExampleBest() {
	photo := image.Rect(0, 0, 640, 480)
	faces := []face.Face{
		{Box: face.Box{X: 20, Y: 300, W: 90, H: 110}, Score: 0.95},
		{Box: face.Box{X: 0, Y: 10, W: 180, H: 200}, Score: 0.93},
		{Box: face.Box{X: 230, Y: 140, W: 160, H: 200}, Score: 0.92},
	}
	largest, err := face.Largest(faces)
	if err != nil {
		log.Fatal(err)
	}
	best, err := face.Best(faces, photo)
	if err != nil {
		log.Fatal(err)
	}
	_, err = face.Largest(nil)
	fmt.Println(largest.Box.X, best.Box.X, err)
	// Output: 0 230 face: no face
}

// The network of this example is a toy of SCRFD's form: it finds faces in noise.
func ExampleDetector_Detect() {
	engine, err := backend.Open("gonum")
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Finalize()
	network, err := os.ReadFile("testdata/scrfd.onnx")
	if err != nil {
		log.Fatal(err)
	}
	detector, err := face.FromONNX(engine, network, face.Options{MinScore: 0.9})
	if err != nil {
		log.Fatal(err)
	}
	defer detector.Close()
	photo, err := face.ReadFile("testdata/scene.png")
	if err != nil {
		log.Fatal(err)
	}
	faces, err := detector.Detect(context.Background(), photo)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range faces {
		fmt.Printf("%.2f at (%.0f, %.0f), %.0f x %.0f\n", f.Score, f.Box.X, f.Box.Y, f.Box.W, f.Box.H)
	}
	// Output:
	// 0.93 at (55, 29), 90 x 68
	// 0.92 at (41, -22), 85 x 72
	// 0.91 at (-7, 60), 87 x 72
}

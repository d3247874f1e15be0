// Package viewstest writes small sets of photos of people who do not exist, sorted by
// view, for the tests of what measures recognition across poses.
package viewstest

import (
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/sim"
)

// yaws are those of everybody's photos, in degrees.
var yaws = map[string][]float64{"frontal": {-4, 6}, "profile": {50, -55}}

// Write writes two frontal and two profile photos of each of this many people, as
// dir/001/frontal/01.jpg and so on. The second profile of the first person shows no face
// that a detector could find.
func Write(t testing.TB, dir string, people int) {
	t.Helper()
	for person := range people {
		for view, angles := range yaws {
			folder := filepath.Join(dir, fmt.Sprintf("%03d", person+1), view)
			require.NoError(t, os.MkdirAll(folder, 0o755))
			for i, yaw := range angles {
				camera := sim.Camera{Wide: true, Head: 0.6, Width: 160, Height: 160}
				if person == 0 && view == "profile" && i == 1 {
					camera.Head = 0.02
				}
				photo, _ := sim.Render(sim.NewIdentity(uint64(4000+person)), sim.Shot{Angles: pose.FromDeg(yaw, 3, 0), Camera: camera, Seed: uint64(i)})
				f, err := os.Create(filepath.Join(folder, fmt.Sprintf("%02d.jpg", i+1)))
				require.NoError(t, err)
				require.NoError(t, jpeg.Encode(f, photo, &jpeg.Options{Quality: 92}))
				require.NoError(t, f.Close())
			}
		}
	}
}

// WriteCFP writes Write's photos of four people in the layout of CFP, with a protocol of
// ten folds, of people 1 and 2 in odd folds and of 3 and 4 in even ones.
func WriteCFP(t testing.TB, dir string) {
	t.Helper()
	Write(t, filepath.Join(dir, "Data", "Images"), 4)
	protocol := filepath.Join(dir, "Protocol")
	file := func(text string, name ...string) {
		path := filepath.Join(append([]string{protocol}, name...)...)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	for view, name := range map[string]string{"frontal": "Pair_list_F.txt", "profile": "Pair_list_P.txt"} {
		text := ""
		for n := range 8 {
			text += fmt.Sprintf("%d ../Data/Images/%03d/%s/%02d.jpg\n", n+1, n/2+1, view, n%2+1)
		}
		file(text, name)
	}
	for fold := range 10 {
		a := 4*(fold%2) + 1 // the first photo of the fold's first person, in both lists
		folder := fmt.Sprintf("%02d", fold+1)
		file(fmt.Sprintf("%d,%d\n%d,%d\n", a, a+1, a+2, a+3), "Split", "FF", folder, "same.txt")
		file(fmt.Sprintf("%d,%d\n%d,%d\n", a, a+2, a+1, a+3), "Split", "FF", folder, "diff.txt")
		file(fmt.Sprintf("%d,%d\n%d,%d\n", a, a+1, a+2, a+2), "Split", "FP", folder, "same.txt")
		file(fmt.Sprintf("%d,%d\n%d,%d\n", a, a+2, a+2, a+1), "Split", "FP", folder, "diff.txt")
	}
}

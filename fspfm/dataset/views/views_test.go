package views

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"zoe/frontal/b.JPG", "zoe/frontal/a.png", "zoe/profile/c.jpeg", "zoe/profile/notes.txt", "zoe/frontal/._b.jpg",
		"ann/profile/x.webp", "ann/other/y.jpg", "nobody/readme.md", ".hidden/frontal/a.jpg"} {
		write(t, dir, name, "")
	}
	set, err := Open(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"ann", "zoe"}, set.People)
	require.Equal(t, []Photo{{0, Profile, "ann/profile/x.webp"}, {1, Frontal, "zoe/frontal/a.png"}, {1, Frontal, "zoe/frontal/b.JPG"}, {1, Profile, "zoe/profile/c.jpeg"}}, set.Photos)
	require.Equal(t, filepath.Join(dir, "zoe", "frontal", "a.png"), set.File(set.Photos[1]))
	require.Equal(t, [2]int{2, 2}, [2]int{set.Count(Frontal), set.Count(Profile)})
	one, err := set.Range(2, 9)
	require.NoError(t, err)
	require.Equal(t, []string{"zoe"}, one.People)
	require.Len(t, one.Photos, 3)
	require.Zero(t, one.Photos[0].Person)
	_, err = set.Range(3, 9)
	require.ErrorIs(t, err, ErrPeople)

	empty := t.TempDir()
	_, err = Open(empty)
	require.ErrorIs(t, err, ErrEmpty)
	write(t, empty, "a/frontal/1.jpg", "")
	_, err = Open(empty)
	require.ErrorContains(t, err, "1 frontal and 0 profile")
	_, err = Open(filepath.Join(empty, "none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// cfp writes a set of four people with two frontal photos and one profile each, and two
// folds of two people.
func cfp(t *testing.T, images func(person int) string) string {
	t.Helper()
	dir := t.TempDir()
	frontal, profile := "", ""
	for person := 1; person <= 4; person++ {
		for shot := 1; shot <= 2; shot++ {
			write(t, dir, fmt.Sprintf("%s/%03d/frontal/%02d.jpg", images(person), person, shot), "")
			frontal += fmt.Sprintf("%d ../Data/Images/%03d/frontal/%02d.jpg\n", 2*person-2+shot, person, shot)
		}
		write(t, dir, fmt.Sprintf("%s/%03d/profile/01.jpg", images(person), person), "")
		profile += fmt.Sprintf("%d ../Data/Images/%03d/profile/01.jpg\n", person, person)
	}
	write(t, dir, "Protocol/Pair_list_F.txt", frontal)
	write(t, dir, "Protocol/Pair_list_P.txt", profile)
	for fold := 1; fold <= 10; fold++ {
		first := 2*((fold-1)%2) + 1 // the first person of the fold
		for name, pair := range map[string][2]int{
			"FF/%02d/same": {2*first - 1, 2 * first}, "FF/%02d/diff": {2*first - 1, 2*first + 1},
			"FP/%02d/same": {2*first - 1, first}, "FP/%02d/diff": {2*first - 1, first + 1},
		} {
			write(t, dir, "Protocol/Split/"+fmt.Sprintf(name, fold)+".txt", fmt.Sprintf("%d,%d\n", pair[0], pair[1]))
		}
	}
	return dir
}

func TestOpenCFP(t *testing.T) {
	flat := func(int) string { return "Data/Images" }
	parts := func(person int) string { return "Data/Images/" + []string{"test", "train"}[person%2] }
	for name, images := range map[string]func(int) string{"as published": flat, "in parts": parts} {
		set, err := OpenCFP(cfp(t, images))
		require.NoError(t, err, name)
		require.Equal(t, []string{"001", "002", "003", "004"}, set.People)
		require.Len(t, set.Photos, 12)
		require.Len(t, set.FF, 10)
		require.Len(t, set.FP, 10)
		// Photos 0, 1 and 2 are the frontal ones and the profile of person 1, 3 to 5
		// those of person 2.
		require.ElementsMatch(t, []eval.Pair{{A: 0, B: 1, Same: true}, {A: 0, B: 3}}, set.FF[0])
		require.ElementsMatch(t, []eval.Pair{{A: 0, B: 2, Same: true}, {A: 0, B: 5}}, set.FP[0])

		half, err := set.Range(3, 4)
		require.NoError(t, err)
		require.Equal(t, []int{3, 4}, half.Numbers)
		require.Len(t, half.FP, 5, "folds of other people go")
		require.ElementsMatch(t, []eval.Pair{{A: 0, B: 2, Same: true}, {A: 0, B: 5}}, half.FP[0])
		_, err = set.Range(5, 6)
		require.ErrorIs(t, err, ErrPeople)
	}
}

func TestOpenCFP_broken(t *testing.T) {
	flat := func(int) string { return "Data/Images" }
	dir := cfp(t, flat)
	require.NoError(t, os.Remove(filepath.Join(dir, "Data", "Images", "001", "frontal", "01.jpg")))
	set, err := OpenCFP(dir)
	require.NoError(t, err, "a copy may lack photos")
	require.Len(t, set.FP, 5)

	write(t, dir, "Data/Images/someone/frontal/01.jpg", "")
	_, err = OpenCFP(dir)
	require.ErrorContains(t, err, `"someone"`)

	dir = cfp(t, flat)
	require.NoError(t, os.Remove(filepath.Join(dir, "Protocol", "Pair_list_P.txt")))
	_, err = OpenCFP(dir)
	require.ErrorIs(t, err, fs.ErrNotExist)

	dir = cfp(t, func(int) string { return "Data/Images/train" })
	write(t, dir, "Data/Images/test/001/frontal/01.jpg", "")
	_, err = OpenCFP(dir)
	require.ErrorContains(t, err, "person 001 is in")
	_, err = OpenCFP(t.TempDir())
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestMarks(t *testing.T) {
	dir := cfp(t, func(int) string { return "Data/Images" })
	text := ""
	for i := range 30 {
		text += fmt.Sprintf("%d.5,%d\n", i, 2*i)
	}
	write(t, dir, "Data/Fiducials/002/profile/01.txt", text)
	set, err := OpenCFP(dir)
	require.NoError(t, err)
	marks, err := set.Marks()
	require.NoError(t, err)
	require.Len(t, marks, 1, "other files are not there")
	require.Equal(t, Mark{Eye: [2]float64{15, 29}, Nose: [2]float64{21.5, 42}, Mouth: [2]float64{25.5, 50}, Height: math.Hypot(2, 4)}, marks[5])
	half, err := set.Range(2, 2)
	require.NoError(t, err)
	marks, err = half.Marks()
	require.NoError(t, err)
	require.Contains(t, marks, 2)
	for name, bad := range map[string]string{"short": "1,2\n", "no number": text[:len(text)-4] + "a,b\n", "not finite": "NaN,1\n"} {
		write(t, dir, "Data/Fiducials/002/profile/01.txt", bad)
		_, err = set.Marks()
		require.Error(t, err, name)
	}
}

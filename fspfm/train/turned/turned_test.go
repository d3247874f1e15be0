package turned

import (
	"context"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/pack/packtest"
	"github.com/pifr-go/pifr/internal/vector"
	"github.com/pifr-go/pifr/pose"
)

// recognizer opens the default pack, as the recipe does.
func recognizer(t *testing.T) *fspfm.Recognizer {
	t.Helper()
	packtest.Pack(t, pack.Default)
	engine, err := backend.Open("gonum")
	require.NoError(t, err)
	t.Cleanup(engine.Finalize)
	r, err := fspfm.Open(t.Context(), fspfm.WithEngine(engine), fspfm.WithoutHead(), fspfm.WithCrops(decision.Mirrored))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// write writes a photo as JPEG.
func write(t *testing.T, photo image.Image, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	f, err := os.Create(file)
	require.NoError(t, err)
	require.NoError(t, jpeg.Encode(f, photo, nil))
	require.NoError(t, f.Close())
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	blank := image.NewGray(image.Rect(0, 0, 8, 8))
	for _, name := range []string{"anna/1.jpg", "anna/2.jpg", "bert.jpg", ".hidden.jpg", "carl/.x.jpg", "dora/7.JPEG"} {
		write(t, blank, dir, filepath.FromSlash(name))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "list.txt"), nil, 0o600))
	p, err := Open(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"anna/1.jpg", "anna/2.jpg", "bert.jpg", "dora/7.JPEG"}, p.Names)
	require.Equal(t, []int{0, 0, 1, 2}, p.People)
	photo, err := p.Read(t.Context(), 3)
	require.NoError(t, err)
	require.Equal(t, 8, photo.Bounds().Dx())
	again, err := Open(dir)
	require.NoError(t, err)
	require.Equal(t, p.SHA256, again.SHA256)
	write(t, image.NewGray(image.Rect(0, 0, 9, 8)), dir, "bert.jpg")
	again, err = Open(dir)
	require.NoError(t, err)
	require.NotEqual(t, p.SHA256, again.SHA256)
	_, err = Open(t.TempDir())
	require.ErrorIs(t, err, ErrNoPhotos)
}

func TestAngles(t *testing.T) {
	c := Config{Each: 6, Near: 2}.WithDefaults()
	seen := map[float64]bool{}
	for photo := range 50 {
		all := c.angles(photo)
		require.Len(t, all, 8)
		require.Equal(t, all, c.angles(photo))
		for k, a := range all {
			yaw, pitch, _ := a.Deg()
			require.Less(t, math.Abs(pitch), 16.1)
			if k < 2 {
				require.LessOrEqual(t, math.Abs(yaw), 10.0)
				continue
			}
			require.True(t, math.Abs(yaw) >= 20 && math.Abs(yaw) <= 80, yaw)
			require.Equal(t, k%2 == 1, yaw < 0)
			require.False(t, seen[yaw])
			seen[yaw] = true
		}
	}
}

// TestFeatures turns rendered people, as photos and as themselves: the pose network sees
// them turned, they stay nearer to themselves than to each other, and a second call takes
// what was kept.
func TestFeatures(t *testing.T) {
	r := recognizer(t)
	for _, whole := range []bool{false, true} {
		photos, err := Rendered(3, 44, whole)
		require.NoError(t, err)
		dir, calls := t.TempDir(), 0
		cfg := Config{Each: 2, FromDeg: 35, ToDeg: 55, Progress: func(_, all int) { calls++; require.Equal(t, 3, all) }}
		f, err := Cached(t.Context(), dir, r, photos, cfg)
		require.NoError(t, err)
		require.Equal(t, 3, calls)
		require.Equal(t, 3*4, f.Len(), "itself, near the front, and two to the sides")
		for i := range f.Len() {
			yaw, _, _ := f.Angles[i].Deg()
			if k := i % 4; k < 2 {
				require.Less(t, math.Abs(yaw), 20.0, f.Name(i))
			} else {
				require.Greater(t, math.Abs(yaw), 15.0, f.Name(i))
				require.Equal(t, k == 3, yaw < 0, f.Name(i))
			}
			own, first := vector.Cosine(f.Feature(i), f.Feature(i/4*4)), f.Identities[i]
			for j := range f.Len() {
				if j%4 == 0 && f.Identities[j] != first {
					require.Greater(t, own, vector.Cosine(f.Feature(i), f.Feature(j)), "%s and %s", f.Name(i), f.Name(j))
				}
			}
		}
		again, err := Cached(t.Context(), dir, r, photos, cfg)
		require.NoError(t, err)
		require.Equal(t, 3, calls)
		require.Equal(t, f.Hash(), again.Hash())
	}
}

// TestFeatures_noFace leaves out a photo that shows nobody, and its person's number.
func TestFeatures_noFace(t *testing.T) {
	r := recognizer(t)
	people, err := Rendered(2, 44, true)
	require.NoError(t, err)
	read := people.Read
	people.Read = func(ctx context.Context, i int) (image.Image, error) {
		if i == 0 {
			return image.NewGray(image.Rect(0, 0, 200, 200)), nil
		}
		return read(ctx, i)
	}
	people.Turn = func(int, pose.Angles) image.Image { return image.NewGray(image.Rect(0, 0, 200, 200)) }
	f, err := Features(t.Context(), r, people, Config{})
	require.NoError(t, err)
	require.Equal(t, []int{1}, f.Identities)
	_, err = Features(t.Context(), r, &Photos{}, Config{})
	require.ErrorIs(t, err, ErrNoPhotos)
}

// TestReadings reads turned people, as themselves and as photos: landmarks lie in the
// detector's box, the surroundings are around it, a second call takes what was kept, and
// people who are not turned, or not seen, are left out.
func TestReadings(t *testing.T) {
	r := recognizer(t)
	for _, whole := range []bool{false, true} {
		photos, err := Rendered(3, 44, false)
		if whole {
			photos, err = Occluded(3, 44)
		}
		require.NoError(t, err)
		dir, calls := t.TempDir(), 0
		cfg := Config{Each: 2, FromDeg: 35, ToDeg: 60, Progress: func(_, all int) { calls++; require.Equal(t, 3, all) }}
		all, err := Readings(t.Context(), dir, r, photos, cfg)
		require.NoError(t, err)
		require.Equal(t, 3, calls)
		require.GreaterOrEqual(t, len(all), 4, "two to the sides each, the one near the front is not read anew")
		require.LessOrEqual(t, len(all), 6)
		for _, one := range all {
			l := one.Label
			require.Len(t, one.Pix, dataset.PixelLen)
			require.True(t, l.HasLandmarks && l.HasBox() && l.HasPose)
			require.InDelta(t, readingFace, max(l.Box.Dx(), l.Box.Dy()), 1e-6)
			require.InDelta(t, dataset.Size/2, (l.Box.MinX+l.Box.MaxX)/2, 1e-6)
			for _, p := range l.Landmarks {
				require.True(t, p[0] > l.Box.MinX-6 && p[0] < l.Box.MaxX+6 && p[1] > l.Box.MinY && p[1] < l.Box.MaxY, "%v in %v", p, l.Box)
			}
			require.Less(t, l.Landmarks[0][1], l.Landmarks[3][1], "eyes above the mouth")
			if yaw, _, _ := l.Pose.Deg(); yaw > 0 { // to the image's left
				require.Less(t, l.Landmarks[2][0], (l.Box.MinX+l.Box.MaxX)/2+3, l.Key)
			}
		}
		again, err := Readings(t.Context(), dir, r, photos, cfg)
		require.NoError(t, err)
		require.Equal(t, 3, calls)
		require.Equal(t, all, again)
		kept, err := filepath.Glob(filepath.Join(dir, "readings-*.gob"))
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.NoError(t, os.WriteFile(kept[0], []byte("damaged"), 0o600))
		_, err = Readings(t.Context(), dir, r, photos, cfg)
		require.ErrorContains(t, err, kept[0])
	}
	_, err := Readings(t.Context(), t.TempDir(), r, &Photos{}, Config{})
	require.ErrorIs(t, err, ErrNoPhotos)
}

package turned

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm/dataset/rendered"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/pose"
	"github.com/pifr-go/pifr/pose/hopenet"
	"github.com/pifr-go/pifr/pose/sim"
)

// ErrNoPhotos means that a folder has none in the layout that is asked for.
var ErrNoPhotos = errors.New("no photos")

// Photos are photos of people.
type Photos struct {
	Name   string   // of the set, for messages
	SHA256 string   // of everything that the photos depend on, by which features are kept
	People []int    // whom each photo shows, from 0
	Names  []string // of each photo, for messages
	// Read returns photo i. It is called from several goroutines at once.
	Read func(ctx context.Context, i int) (image.Image, error)
	// Turn, if given, returns photo i's person in another pose, in the frame of a
	// recognizer's: people who can be looked at from anywhere. Otherwise the photo is
	// turned.
	Turn func(i int, a pose.Angles) image.Image
}

// endings are those of photos.
var endings = []string{".jpg", ".jpeg", ".png"}

// Open lists the JPEG and PNG files of a folder. Each folder in it is a person, and the
// files in that are photos of the person; files that lie in the folder itself are of a
// person each. Names that begin with a dot are passed over.
func Open(dir string) (*Photos, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("turned: %w", err)
	}
	p := &Photos{Name: filepath.Base(dir)}
	person := 0
	for _, e := range entries {
		names, err := filesOf(dir, e)
		if err != nil {
			return nil, fmt.Errorf("turned: %w", err)
		}
		for _, name := range names {
			p.People, p.Names = append(p.People, person), append(p.Names, name)
		}
		if len(names) > 0 {
			person++
		}
	}
	if person == 0 {
		return nil, fmt.Errorf("turned: %w in %s: want PERSON/*.jpg, or one photo of each person", ErrNoPhotos, dir)
	}
	file := func(i int) string { return filepath.Join(dir, filepath.FromSlash(p.Names[i])) }
	p.Read = func(_ context.Context, i int) (image.Image, error) { return face.ReadFile(file(i)) }
	sum := sha256.New()
	for i, name := range p.Names {
		data, err := os.ReadFile(file(i))
		if err != nil {
			return nil, fmt.Errorf("turned: %w", err)
		}
		fmt.Fprintf(sum, "%d %s %x\n", p.People[i], name, sha256.Sum256(data))
	}
	p.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return p, nil
}

// First returns the first photos, this many; all of them for 0, or if there are not so
// many.
func (p *Photos) First(n int) *Photos {
	out := *p
	if n > 0 && n < len(p.People) {
		out.People, out.Names = p.People[:n], p.Names[:n]
	}
	return &out
}

// filesOf lists the photos of one person.
func filesOf(dir string, e os.DirEntry) (names []string, err error) {
	if strings.HasPrefix(e.Name(), ".") {
		return nil, nil
	}
	if !e.IsDir() {
		if isPhoto(e.Name()) {
			names = []string{e.Name()}
		}
		return names, nil
	}
	files, err := os.ReadDir(filepath.Join(dir, e.Name()))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if !f.IsDir() && !strings.HasPrefix(f.Name(), ".") && isPhoto(f.Name()) {
			names = append(names, path.Join(e.Name(), f.Name()))
		}
	}
	return names, nil
}

func isPhoto(name string) bool {
	return slices.Contains(endings, strings.ToLower(path.Ext(name)))
}

// renderedSide is the side of a rendered portrait, about that of the photos that are to
// be had.
const renderedSide = 256

// Rendered are portraits of people that package sim makes, one of each, about from the
// front. No two seeds have a person in common. With whole the people themselves turn
// their heads, otherwise their portraits are turned as photos are.
func Rendered(people int, seed uint64, whole bool) (*Photos, error) {
	return renderedPhotos(rendered.Config{Law: rendered.Photos, Identities: people, Shots: 1, Seed: seed}, whole)
}

// occludedShare is the share of Occluded's people who have something in front of the
// face.
const occludedShare = 0.33

// Occluded are Rendered people who turn their heads themselves, a third of them with
// something in front of the face: what a network for landmarks is to know.
func Occluded(people int, seed uint64) (*Photos, error) {
	return renderedPhotos(rendered.Config{Law: rendered.Photos, Identities: people, Shots: 1, Seed: seed, Occluded: occludedShare}, true)
}

func renderedPhotos(cfg rendered.Config, whole bool) (*Photos, error) {
	set, err := rendered.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("turned: %w", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %v", set.Stamp(), renderedSide, whole))
	p := &Photos{Name: fmt.Sprintf("rendered %d", cfg.Seed), SHA256: hex.EncodeToString(sum[:])}
	for i := range cfg.Identities {
		p.People, p.Names = append(p.People, i), append(p.Names, set.IdentityName(i))
	}
	shoot := func(i int, a pose.Angles) image.Image {
		id, shot := set.Moment(i)
		shot.Angles, shot.Torso = a, scaled(a, frontalShare)
		if cfg.Occluded == 0 {
			shot.Occluders = sim.Occluders{}
		}
		shot.Camera = sim.Camera{Distance: shot.Camera.Distance, Wide: true, Width: renderedSide, Height: renderedSide, Head: headShare}
		img, _ := sim.Render(id, shot)
		return img
	}
	p.Read = func(_ context.Context, i int) (image.Image, error) {
		_, shot := set.Moment(i)
		return shoot(i, scaled(shot.Angles, frontalShare)), nil
	}
	if whole {
		p.Turn = func(i int, a pose.Angles) image.Image { return shoot(i, hopenet.Nod(a, -hopenet.RenderedNodDeg)) }
	}
	return p, nil
}

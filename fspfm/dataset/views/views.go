package views

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Errors that callers may test for.
var (
	// ErrEmpty means that a folder has no photos in the layout that is asked for.
	ErrEmpty = errors.New("no photos")

	// ErrPeople means that a range names people that the set does not have.
	ErrPeople = errors.New("no such people")
)

// View is what a photo shows of a face.
type View string

// The views; they are the names of the folders too.
const (
	Frontal View = "frontal"
	Profile View = "profile"
)

// Photo is one photo of a set.
type Photo struct {
	Person int    // index into Set.People
	View   View   //
	Path   string // slash-separated, below Set.Dir
}

// Set is the photos of some people.
type Set struct {
	Dir    string
	People []string // the names of their folders, sorted
	Photos []Photo  // person by person, frontal ones first, by name

	// Numbers are those of People in the whole set, counted from 1; Range keeps them.
	Numbers []int
}

// endings of files that are taken for photos.
var endings = []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"}

// Open reads the names of the photos in dir/PERSON/frontal and dir/PERSON/profile. Names
// that begin with a dot, and folders that have neither, are passed over. The error wraps
// ErrEmpty if there are no photos of both views.
func Open(dir string) (*Set, error) {
	set, err := open(os.DirFS(dir), dir, ".")
	if err != nil {
		return nil, err
	}
	if set.Count(Frontal) == 0 || set.Count(Profile) == 0 {
		return nil, fmt.Errorf("views: %s: %w: want PERSON/frontal/* and PERSON/profile/*, found %d frontal and %d profile photos",
			dir, ErrEmpty, set.Count(Frontal), set.Count(Profile))
	}
	return set, nil
}

// open reads the people in the given folders below a root.
func open(root fs.FS, dir string, folders ...string) (*Set, error) {
	where := map[string]string{} // person to folder
	for _, folder := range folders {
		entries, err := fs.ReadDir(root, folder)
		if err != nil {
			return nil, fmt.Errorf("views: %s: %w", dir, err)
		}
		for _, e := range entries {
			name := e.Name()
			if strings.HasPrefix(name, ".") || !isDir(root, path.Join(folder, name)) {
				continue
			}
			if other, twice := where[name]; twice {
				return nil, fmt.Errorf("views: %s: person %s is in %s and in %s", dir, name, other, folder)
			}
			where[name] = folder
		}
	}
	set := &Set{Dir: dir}
	for _, name := range sorted(where) {
		photos, err := photosOf(root, path.Join(where[name], name), len(set.People))
		if err != nil {
			return nil, fmt.Errorf("views: %s: %w", dir, err)
		}
		if len(photos) > 0 {
			set.People, set.Photos = append(set.People, name), append(set.Photos, photos...)
			set.Numbers = append(set.Numbers, len(set.People))
		}
	}
	return set, nil
}

// photosOf lists the photos of one person's folder.
func photosOf(root fs.FS, folder string, person int) (photos []Photo, err error) {
	for _, view := range []View{Frontal, Profile} {
		files, err := fs.ReadDir(root, path.Join(folder, string(view)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if name := f.Name(); !strings.HasPrefix(name, ".") && slices.Contains(endings, strings.ToLower(path.Ext(name))) {
				photos = append(photos, Photo{Person: person, View: view, Path: path.Join(folder, string(view), name)})
			}
		}
	}
	return photos, nil
}

// isDir follows links, as people's folders may be some.
func isDir(root fs.FS, name string) bool {
	info, err := fs.Stat(root, name)
	return err == nil && info.IsDir()
}

func sorted(names map[string]string) []string {
	var list []string
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// Count returns the number of photos of a view.
func (s *Set) Count(v View) int {
	n := 0
	for _, p := range s.Photos {
		if p.View == v {
			n++
		}
	}
	return n
}

// File returns where a photo lies.
func (s *Set) File(p Photo) string { return filepath.Join(s.Dir, filepath.FromSlash(p.Path)) }

// Range returns the people from the first to the last number, both included and counted
// from 1 in the whole set. The error wraps ErrPeople if none of them is there.
func (s *Set) Range(first, last int) (*Set, error) {
	out := &Set{Dir: s.Dir}
	numbers := make([]int, len(s.People)) // new index, or -1
	for i, name := range s.People {
		numbers[i] = -1
		if s.Numbers[i] >= first && s.Numbers[i] <= last {
			numbers[i] = len(out.People)
			out.People, out.Numbers = append(out.People, name), append(out.Numbers, s.Numbers[i])
		}
	}
	for _, p := range s.Photos {
		if p.Person = numbers[p.Person]; p.Person >= 0 {
			out.Photos = append(out.Photos, p)
		}
	}
	if len(out.Photos) == 0 {
		return nil, fmt.Errorf("views: %s: %w: %d to %d of %d", s.Dir, ErrPeople, first, last, len(s.People))
	}
	return out, nil
}

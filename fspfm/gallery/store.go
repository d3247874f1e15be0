package gallery

import "context"

// Store keeps people and their faces. Package sqlite has one in a file, package postgres
// one in a database; package gallerytest holds others to what this comment says.
//
// All methods are safe for concurrent use, and return an error that wraps ErrClosed after
// Close.
type Store interface {
	// Models says what the store's features are made with.
	Models() Models

	// View calls read with a state of the store that nobody changes meanwhile.
	View(ctx context.Context, read func(Tx) error) error

	// Update calls change, and makes what it has done last if it returns no error: on
	// the disk, and all of it. Otherwise nothing has happened. Change may be called again
	// if others got ahead, and must therefore do nothing else; in the end the error wraps
	// ErrConflict.
	Update(ctx context.Context, change func(Tx) error) error

	// Nearest returns for each feature the k enrolled faces of the highest cosine, the
	// highest first, or fewer if there are fewer. Stores that search approximately may
	// miss some. Cosines are right to a thousandth or two.
	Nearest(ctx context.Context, features [][]float32, k int) ([][]Neighbor, error)

	// Count returns how many people and faces there are.
	Count(ctx context.Context) (people, faces int, err error)

	// Replace gives every face another feature, made with other models, or leaves all as
	// they are if again fails. Faces for which it returns no feature and no error are
	// removed, and so are people who have no others.
	Replace(ctx context.Context, models Models, again func(Face) ([]float32, error)) error

	Close() error
}

// Neighbor is an enrolled face near to a feature.
type Neighbor struct {
	Face, Person string // their IDs
	Cosine       float64
}

// Tx is what can be done within View and Update; the methods that change anything fail
// within View. It must not be used by several goroutines, nor after its function returned.
type Tx interface {
	// Person returns the one with that ID. The error wraps ErrNoPerson.
	Person(ctx context.Context, id string) (Person, error)

	// PutPerson adds a person, or changes the one with that ID.
	PutPerson(ctx context.Context, p Person) error

	// DeletePerson removes somebody with all faces. The error wraps ErrNoPerson.
	DeletePerson(ctx context.Context, id string) error

	// People returns people in the order of their IDs: at most limit, and only those
	// whose ID is beyond after.
	People(ctx context.Context, after string, limit int) ([]Person, error)

	// Face returns the one with that ID. The error wraps ErrNoFace.
	Face(ctx context.Context, id string) (Face, error)

	// PutFace adds a face, or changes the one with that ID. Its person is there already:
	// the error wraps ErrNoPerson otherwise.
	PutFace(ctx context.Context, f Face) error

	// DeleteFace removes a face. The error wraps ErrNoFace.
	DeleteFace(ctx context.Context, id string) error

	// Faces returns those of some people, in the order of their IDs.
	Faces(ctx context.Context, people ...string) ([]Face, error)
}

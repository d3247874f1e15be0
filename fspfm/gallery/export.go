package gallery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// exported is a line of an export: the models first, and then each person with all faces.
type exported struct {
	Models *Models `json:"models,omitempty"`
	Person *Person `json:"person,omitempty"`
	Faces  []Face  `json:"faces,omitempty"`
}

// pageOfExport is how many people are read at a time.
const pageOfExport = 256

// Export writes all people as lines of JSON: {"models": ...} and then one {"person": ...,
// "faces": [...]} for each, features included: treat the file as the photos themselves.
// With IDs it writes these people only.
func (g *Gallery) Export(ctx context.Context, w io.Writer, people ...string) error {
	out := json.NewEncoder(w)
	models := g.store.Models()
	if err := out.Encode(exported{Models: &models}); err != nil {
		return fmt.Errorf("gallery: export: %w", err)
	}
	if len(people) > 0 {
		for _, id := range people {
			p, err := g.Person(ctx, id)
			if err != nil {
				return fmt.Errorf("gallery: export: %w", err)
			}
			if err := g.export(ctx, out, p); err != nil {
				return err
			}
		}
		return nil
	}
	for after := ""; ; {
		page, err := g.People(ctx, after, pageOfExport)
		if err != nil {
			return fmt.Errorf("gallery: export: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, p := range page {
			if err := g.export(ctx, out, p); err != nil {
				return err
			}
		}
		after = page[len(page)-1].ID
	}
}

func (g *Gallery) export(ctx context.Context, out *json.Encoder, p Person) error {
	faces, err := g.Faces(ctx, p.ID)
	if errors.Is(err, ErrNoPerson) {
		return nil // removed since
	}
	if err != nil {
		return fmt.Errorf("gallery: export: %w", err)
	}
	if err := out.Encode(exported{Person: &p, Faces: faces}); err != nil {
		return fmt.Errorf("gallery: export: %w", err)
	}
	return nil
}

// Import adds the people of an export, with their IDs, each in a transaction. People who
// are there already get the faces that they lack. It returns how many it has read; the
// error wraps ErrModels if the file's features are of other models, and ErrSample, with
// the line, for what is no feature.
func (g *Gallery) Import(ctx context.Context, r io.Reader) (people int, err error) {
	in := json.NewDecoder(r)
	for line := 1; ; line++ {
		var e exported
		if err := in.Decode(&e); errors.Is(err, io.EOF) && line > 1 {
			return people, nil
		} else if err != nil {
			return people, fmt.Errorf("gallery: import: line %d: %w", line, err)
		}
		if line == 1 {
			if e.Models == nil {
				return 0, errors.New("gallery: import: the first line does not say which models the features are of")
			}
			if err := g.store.Models().Same(*e.Models); err != nil {
				return 0, fmt.Errorf("gallery: import: %w", err)
			}
			continue
		}
		if err := g.importOne(ctx, e); err != nil {
			return people, fmt.Errorf("gallery: import: line %d: %w", line, err)
		}
		people++
	}
}

func (g *Gallery) importOne(ctx context.Context, e exported) error {
	if e.Person == nil || e.Person.ID == "" || len(e.Faces) == 0 {
		return errors.New("no person with faces")
	}
	for _, f := range e.Faces {
		if err := g.store.Models().check(f.Feature); err != nil {
			return err
		}
		if f.ID == "" || f.Person != e.Person.ID {
			return fmt.Errorf("face %q is one of person %q", f.ID, f.Person)
		}
	}
	return g.store.Update(ctx, func(tx Tx) error {
		if _, err := tx.Person(ctx, e.Person.ID); errors.Is(err, ErrNoPerson) {
			err = tx.PutPerson(ctx, *e.Person)
			if err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
		for _, f := range e.Faces {
			_, err := tx.Face(ctx, f.ID)
			if errors.Is(err, ErrNoFace) {
				err = tx.PutFace(ctx, f)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

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

// Import adds the people of an export, with their IDs, some hundred in each transaction.
// People who are there already get the faces that they lack. It returns how many were
// added or were there; the error wraps ErrModels if the file's features are of other
// models, and ErrSample, with the line, for what is no feature.
func (g *Gallery) Import(ctx context.Context, r io.Reader) (people int, err error) {
	in := json.NewDecoder(r)
	var batch []exported
	for line := 1; ; line++ {
		var e exported
		err := in.Decode(&e)
		if errors.Is(err, io.EOF) && line > 1 {
			return g.importBatch(ctx, people, batch)
		}
		switch {
		case err != nil:
		case line == 1 && e.Models == nil:
			err = errors.New("it does not say which models the features are of")
		case line == 1:
			err = g.store.Models().Same(*e.Models)
		default:
			err = e.check(g.store.Models())
		}
		if err != nil {
			return people, fmt.Errorf("gallery: import: line %d: %w", line, err)
		}
		if line == 1 {
			continue
		}
		if batch = append(batch, e); len(batch) == pageOfExport {
			if people, err = g.importBatch(ctx, people, batch); err != nil {
				return people, err
			}
			batch = batch[:0]
		}
	}
}

// check reports a line that is no person with faces.
func (e exported) check(m Models) error {
	if e.Person == nil || e.Person.ID == "" || len(e.Faces) == 0 {
		return errors.New("no person with faces")
	}
	for _, f := range e.Faces {
		if err := m.check(f.Feature); err != nil {
			return err
		}
		if f.ID == "" || f.Person != e.Person.ID {
			return fmt.Errorf("face %q is one of person %q", f.ID, f.Person)
		}
	}
	return nil
}

// importBatch adds people in one transaction, and counts them.
func (g *Gallery) importBatch(ctx context.Context, before int, batch []exported) (int, error) {
	err := g.store.Update(ctx, func(tx Tx) error {
		for _, e := range batch {
			if err := importOne(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return before, fmt.Errorf("gallery: import: %w", err)
	}
	return before + len(batch), nil
}

func importOne(ctx context.Context, tx Tx, e exported) error {
	_, err := tx.Person(ctx, e.Person.ID)
	if errors.Is(err, ErrNoPerson) {
		err = tx.PutPerson(ctx, *e.Person)
	}
	if err != nil {
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
}

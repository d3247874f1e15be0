package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pifr-go/pifr/loss"
)

// part is a JSON object.
type part map[string]any

// modern returns a recipe in the form of Version: as it is, or made from the first one.
func modern(data []byte) ([]byte, error) {
	var version struct{ Version *int }
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, err
	}
	if version.Version != nil {
		if *version.Version != Version {
			return nil, fmt.Errorf("%w: version %d: this program reads version %d, and files without one", ErrRecipe, *version.Version, Version)
		}
		return data, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // seeds have 64 bits
	var old part
	if err := decoder.Decode(&old); err != nil {
		return nil, err
	}
	if err := old.modernize(); err != nil {
		return nil, err
	}
	return json.Marshal(old)
}

// modernize turns a recipe of the first version into one of the second.
func (p part) modernize() error {
	p["version"] = Version
	p.rename("head", "module")
	p.rename("fit", "head")
	p.rename("stage1", "extractor")
	p.rename("stage2", "pairs")
	for _, name := range []string{"pose", "landmarks", "extractor", "head", "pairs"} {
		task, ok := p.below(name)
		if !ok {
			continue
		}
		task.rename("optimiser", "optimizer")
		if margin, ok := task.below("margin"); ok {
			if err := errors.Join(texts(margin, "gradient", loss.Gradient.MarshalText), texts(margin, "overflow", loss.Overflow.MarshalText)); err != nil {
				return err
			}
		}
	}
	if task, ok := p.below("pose"); ok {
		task["loss"] = part{"alpha": task.take("alpha", json.Number("0")), "orientation": task.take("orientation", json.Number("0"))}
		task.fallback("moves", part{})
	}
	if task, ok := p.below("landmarks"); ok {
		task.fallback("loss", part{})
		if l, ok := task.below("loss"); ok {
			l.fallback("weight", json.Number("1"))
		}
		task.fallback("moves", part{})
	}
	if task, ok := p.below("head"); ok {
		task.fallback("optimizer", part{"rule": "adamw"})
	}
	if task, ok := p.below("pairs"); ok {
		return task.modernizePairs()
	}
	return nil
}

// modernizePairs makes choices of what the first version took from absent fields.
func (p part) modernizePairs() error {
	p.fallback("optimizer", part{"rule": "adamw"})
	if lambda := fmt.Sprint(p.take("lambda", json.Number("0"))); lambda == "0" {
		p["without_ada"] = true
	} else {
		p["lambda"] = json.Number(lambda)
	}
	if p.take("all_faces", false) != true {
		p["pairs_only"] = true
	}
	if ada, ok := p.below("ada"); ok {
		if err := texts(ada, "reduction", loss.Reduction.MarshalText); err != nil {
			return err
		}
	}
	if _, ok := p.below("max"); !ok && p["weighting"] == "max" {
		return fmt.Errorf("%w: weighting max wants max with abs or factor", ErrRecipe)
	}
	return nil
}

// texts makes the text of an option that was written as a number. The first version's
// structs had no names of their own for their fields, so that any case is right.
func texts[T ~int](p part, key string, marshal func(T) ([]byte, error)) error {
	for name, value := range p {
		number, ok := value.(json.Number)
		if !ok || !strings.EqualFold(name, key) {
			continue
		}
		i, err := number.Int64()
		if err != nil {
			return err
		}
		text, err := marshal(T(i))
		if err != nil {
			return err
		}
		p[name] = string(text)
	}
	return nil
}

// rename gives a field another name.
func (p part) rename(old, name string) {
	if value, ok := p[old]; ok {
		delete(p, old)
		p[name] = value
	}
}

// take removes a field, and returns what it was.
func (p part) take(name string, absent any) any {
	value, ok := p[name]
	if !ok {
		return absent
	}
	delete(p, name)
	return value
}

// fallback gives a field that is left out a value.
func (p part) fallback(name string, value any) {
	if _, ok := p[name]; !ok {
		p[name] = value
	}
}

// below is the object of a field.
func (p part) below(name string) (part, bool) {
	switch value := p[name].(type) {
	case part:
		return value, true
	case map[string]any:
		return value, true
	}
	return nil, false
}

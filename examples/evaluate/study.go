package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/backend"
	"github.com/pifr-go/pifr/fspfm/dataset/posesimv"
	"github.com/pifr-go/pifr/fspfm/study"
)

const (
	validationSeed   = 43 // chooses the people that heads are chosen by
	validationPeople = 200
)

// Files of a study's folder.
const (
	outcomesName = "outcomes.jsonl" // a line for every head
	answersName  = "study.md"       // the tables
)

// study trains heads in all the ways of study.Questions, or of those of -only, and
// writes what became of each at once: a run that is broken off goes on from there. The
// tables hold every setup that the folder has outcomes of.
func (o *options) study(ctx context.Context) error {
	if _, err := o.questions(o.identities); err != nil {
		return err
	}
	if err := os.MkdirAll(o.operand, 0o755); err != nil {
		return err
	}
	outcomes, kept, err := readOutcomes(filepath.Join(o.operand, outcomesName))
	if err != nil {
		return err
	}
	var failed error
	if !o.tablesOnly {
		outcomes, failed = o.answer(ctx, outcomes, kept)
	}
	text, err := o.answers(outcomes)
	if err != nil {
		return errors.Join(failed, err)
	}
	fmt.Fprint(o.stdout, text)
	return errors.Join(failed, os.WriteFile(filepath.Join(o.operand, answersName), []byte(text), 0o644))
}

// questions are those of -only, in their own order, for this many people to train on.
func (o *options) questions(people int) ([]study.Question, error) {
	all := study.Questions(people)
	if o.only == "" {
		return all, nil
	}
	var names []string
	for _, q := range all {
		names = append(names, q.Name)
	}
	var out []study.Question
	for _, name := range strings.Split(o.only, ",") {
		i := slices.Index(names, strings.TrimSpace(name))
		if i < 0 {
			return nil, fmt.Errorf("%w: -only %q: want some of %s", errUsage, name, strings.Join(names, ","))
		}
		out = append(out, all[i])
	}
	return out, nil
}

// answer makes the features and trains what is missing.
func (o *options) answer(ctx context.Context, outcomes []study.Outcome, kept int64) ([]study.Outcome, error) {
	questions, err := o.questions(o.identities)
	if err != nil {
		return outcomes, err
	}
	engine, err := backend.OpenContext(ctx, o.backend)
	if err != nil {
		return outcomes, err
	}
	defer engine.Finalize()
	s := &study.Study{Engine: engine, Draws: o.draws, Jobs: o.jobs, Epochs: o.epochs}
	if err := o.studySets(ctx, s); err != nil || o.jobs == 0 {
		return outcomes, err
	}
	fmt.Fprintf(o.stderr, "%s; engine %s, %d at a time\n", s.Setup, o.backend, o.jobs)
	out, err := openOutcomes(filepath.Join(o.operand, outcomesName), kept)
	if err != nil {
		return outcomes, err
	}
	var variants []study.Variant
	for _, q := range questions {
		variants = append(variants, q.Rows...)
	}
	count := 0
	outcomes, err = s.Run(ctx, variants, o.seeds, outcomes, func(one study.Outcome) error {
		count++
		fmt.Fprintf(o.stderr, "%d: %s, seed %d: %d steps in %.0f s: %v %s\n", count, one.Variant, one.Seed, one.Steps, one.Seconds, one.Validation, one.Diverged)
		line, err := json.Marshal(one)
		if err != nil {
			return err
		}
		_, err = out.Write(append(line, '\n'))
		return err
	})
	return outcomes, errors.Join(err, out.Close())
}

// studySets makes or reads the features of the three sets.
func (o *options) studySets(ctx context.Context, s *study.Study) error {
	eyes, done, err := o.eyes(ctx, s.Engine)
	if err != nil {
		return err
	}
	defer done()
	s.Setup = fmt.Sprintf("%s, %d people with %d pictures each, PoseSim-V %s with %d people, misaligned by %g, %d draws, networks %.8x",
		filepath.Base(o.model), o.identities, o.shots, o.tier, o.benchPeople, o.misaligned, o.draws, sha256.Sum256([]byte(eyes.Extractor+"+"+eyes.PoseNet)))
	if s.Train, err = eyes.Train(ctx, o.identities, o.shots, trainSeed); err != nil {
		return err
	}
	if s.Validation, err = eyes.Train(ctx, validationPeople, o.shots, validationSeed); err != nil {
		return err
	}
	s.Test, err = eyes.Test(ctx, posesimv.Config{Tier: posesimv.Tier(o.tier), People: o.benchPeople})
	return err
}

// readOutcomes reads the outcomes that a file holds, none if there is no file, and tells
// where the last whole line ends.
func readOutcomes(path string) (outcomes []study.Outcome, kept int64, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1] // what follows was being written when the program ended
	for i, line := range bytes.SplitAfter(data, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var o study.Outcome
		if err := json.Unmarshal(line, &o); err != nil {
			return nil, 0, fmt.Errorf("%s: line %d: %w", path, i+1, err)
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, int64(len(data)), nil
}

// openOutcomes opens the file to append after the lines that are whole.
func openOutcomes(path string, kept int64) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(kept); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(kept, 0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// answers are the tables of every setup as Markdown.
func (o *options) answers(outcomes []study.Outcome) (string, error) {
	var setups []string
	by := map[string][]study.Outcome{}
	for _, one := range outcomes {
		if by[one.Setup] == nil {
			setups = append(setups, one.Setup)
		}
		by[one.Setup] = append(by[one.Setup], one)
	}
	var text strings.Builder
	for _, setup := range setups {
		fmt.Fprintf(&text, "## %s\n\n", setup)
		questions, err := o.questions(by[setup][0].People)
		if err != nil {
			return "", err
		}
		for _, q := range questions {
			sheet, err := study.Answer(q, by[setup])
			if err != nil {
				return "", err
			}
			if len(sheet.Lines) < 3 { // titles and one row compare nothing
				continue
			}
			fmt.Fprintf(&text, "### %s\n\n", sheet.Title)
			for i, line := range sheet.Lines {
				fmt.Fprintf(&text, "| %s |\n", strings.Join(line, " | "))
				if i == 0 {
					text.WriteString(strings.Repeat("|---", len(line)) + "|\n")
				}
			}
			text.WriteString("\n")
		}
	}
	return text.String(), nil
}

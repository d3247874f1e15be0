package train

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pifr-go/pifr/fspfm/train/run"
)

// Plan is what all trainings have in common: how much is trained, and how fast. It is
// part of every config, and follows their one rule: a field that is zero, a struct as a
// whole, stands for what the task's recipe has there (ExtractorRecipe, HeadRecipe,
// PairsRecipe, PoseRecipe, LandmarksRecipe).
type Plan struct {
	Seed      uint64        `json:"seed,omitempty"`
	Batch     int           `json:"batch,omitempty"`
	Epochs    int           `json:"epochs,omitempty"`
	Optimizer run.Optimizer `json:"optimizer,omitzero"`
	// Schedule that is left out is the recipe's, with milestones that move along with
	// Epochs.
	Schedule run.Schedule `json:"schedule,omitzero"`
}

// withDefaults fills in what is zero.
func (p Plan) withDefaults(d Plan) Plan {
	p.Seed, p.Batch, p.Epochs = cmp.Or(p.Seed, d.Seed), cmp.Or(p.Batch, d.Batch), cmp.Or(p.Epochs, d.Epochs)
	if p.Optimizer == (run.Optimizer{}) {
		p.Optimizer = d.Optimizer
	}
	p.Optimizer.Rule = cmp.Or(p.Optimizer.Rule, d.Optimizer.Rule)
	if p.Schedule.Shape == "" && p.Schedule.Base == 0 {
		d.setEpochs(p.Epochs)
		p.Schedule = d.Schedule
	}
	return p
}

// SetEpochs changes the number of epochs. The milestones of the schedule move along.
func (p *Plan) SetEpochs(epochs int) {
	if epochs != 0 && p.Epochs != 0 {
		p.setEpochs(epochs)
	}
	p.Epochs = cmp.Or(epochs, p.Epochs)
}

func (p *Plan) setEpochs(epochs int) {
	p.Schedule.Milestones = slices.Clone(p.Schedule.Milestones)
	for i, m := range p.Schedule.Milestones {
		p.Schedule.Milestones[i] = m * float64(epochs) / float64(p.Epochs)
	}
	p.Epochs = epochs
}

// validate reports what makes no sense.
func (p Plan) validate() error {
	if p.Batch < 1 || p.Epochs < 1 {
		return fmt.Errorf("train: batch %d and epochs %d must be positive", p.Batch, p.Epochs)
	}
	if err := p.Schedule.Validate(); err != nil {
		return err
	}
	return p.Optimizer.Validate()
}

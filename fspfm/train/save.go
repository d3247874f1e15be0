package train

import (
	"fmt"

	"github.com/pifr-go/pifr/fspfm/head"
)

// SaveFile writes the trained head as fspfm.WithHeadFile and head.Read read it. The usage
// says what it stands behind; fspfm.Recognizer.Networks has that of a Recognizer that
// made the features. It fails for baselines, as Module does.
func (r *HeadResult) SaveFile(path string, usage head.Usage) error {
	m, err := r.Module()
	if err != nil {
		return err
	}
	about, err := usage.About()
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	if err := m.SaveFile(path, about); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

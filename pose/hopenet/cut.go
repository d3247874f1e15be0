package hopenet

import (
	"fmt"

	"github.com/pifr-go/pifr/pose"
)

// Cut returns what a network for images of size x size pixels, fed as the configuration
// says, sees of a subject: [3, size, size], cut out and normalized. It is what an
// Estimator does before the network, for those who train one. It fails as Estimate does.
func (c Config) Cut(s pose.Subject, size int) ([]float32, error) {
	if size < 1 {
		return nil, fmt.Errorf("hopenet: cut to %d pixels", size)
	}
	planes, err := (&Estimator{cfg: c.withDefaults(), size: size}).look(s)
	if err != nil {
		return nil, fmt.Errorf("hopenet: %w", err)
	}
	return planes, nil
}

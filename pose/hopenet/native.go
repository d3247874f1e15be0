package hopenet

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/pifr-go/pifr/backbone"
	"github.com/pifr-go/pifr/pose"
)

// New makes a network with the weights below a scope ready on an engine, which stays the
// caller's and must outlive the estimator. The weights are copied, with batch
// normalization folded into the convolutions. Of cfg, the names of outputs are not used,
// and bins other than the network's are an error. It runs the network once, on a gray
// image.
func New(engine compute.Backend, net *Net, weights *model.Scope, cfg Config) (*Estimator, error) {
	if cfg.Bins != (pose.Bins{}) && cfg.Bins != net.Bins {
		return nil, fmt.Errorf("hopenet: %s has bins %v, the configuration asks for %v", net.Name, net.Bins, cfg.Bins)
	}
	cfg.Bins = net.Bins
	r, err := backbone.NewInference(engine, net.Net, weights, yawLayer, pitchLayer, rollLayer, featureLayer)
	if err != nil {
		return nil, fmt.Errorf("hopenet: %w", err)
	}
	return newEstimator(native{r}, net.Height, cfg.withDefaults())
}

// native runs a Net.
type native struct{ *backbone.Inference }

func (n native) run(planes []float32) (out [4][]float32, err error) {
	values, err := n.Run(planes)
	copy(out[:], values)
	return out, err
}

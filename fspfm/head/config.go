package head

import (
	"cmp"
	"fmt"
)

// Config holds what eq. 1 leaves open. FeatureLen and PoseLen have to be set; the zero
// value of every other field is the default, whose reason is given with it. Where it says
// that something did worse, that was in a first study, of heads behind a frozen
// recognizer, on rendered profiles of unseen identities.
type Config struct {
	// FeatureLen is d, the length of the extractor's feature phi(I).
	FeatureLen int `json:"feature_len"`

	// PoseLen is the length of the pose vector theta(I): the pose estimator's FeatureLen,
	// 2048 for the paper's HopeNet; 3 (which 0 stands for) if PoseInput is PoseAngles.
	PoseLen int `json:"pose_len"`

	// PoseInput is what the pose vector holds: PoseFeature as in the paper, or
	// PoseAngles, an ablation, which did worse.
	PoseInput PoseInput `json:"pose_input"`

	// Blocks is the number of terms T_k(f) * P_k(p) of eq. 1. 0 stands for the paper's 2.
	Blocks int `json:"blocks"`

	// Hidden is the width of T between its two layers. 0 stands for d: the paper says
	// nothing of a bottleneck.
	Hidden int `json:"hidden"`

	// PoseHidden is the width of P between its two layers. 0 stands for 256: at d = 512
	// and 2048 pose values P then costs about what T does, and a wider one would make the
	// pose mapping the largest part of the head.
	PoseHidden int `json:"pose_hidden"`

	// Gate is what makes a gate of P's output: GateSigmoid, the paper's soft gate.
	// GateTanh and GateNone did worse.
	Gate Gate `json:"gate"`

	// Scale says what T sees of the feature: ScaleNorm, because extractors differ in
	// scale by orders of magnitude, and layers are initialized for elements of order one.
	Scale Scale `json:"scale"`

	// RawPose feeds the pose vector to P as it is. By default each element is first
	// centered and divided by its standard deviation over the training set (Fit), because
	// the elements of a pooled feature differ in scale.
	RawPose bool `json:"raw_pose"`

	// RandomStart draws the last layer of T like the others, and did worse. By default it
	// is zero, so that an untrained head behind a working extractor changes nothing, and
	// the first steps of training do no harm.
	RandomStart bool `json:"random_start"`
}

// Gate is the function that makes a gate of the pose map's output.
type Gate int

const (
	// GateSigmoid gives gates in (0, 1): a soft gate, as in the paper.
	GateSigmoid Gate = iota
	// GateTanh gives gates in (-1, 1).
	GateTanh
	// GateNone leaves the output as it is: any factor.
	GateNone
)

var gates = names[Gate]{"sigmoid", "tanh", "none"}

// String returns "sigmoid", "tanh" or "none".
func (g Gate) String() string { return gates.of(g) }

// MarshalText returns the text of String.
func (g Gate) MarshalText() ([]byte, error) { return gates.marshal(g) }

// UnmarshalText reads what MarshalText returns.
func (g *Gate) UnmarshalText(text []byte) error { return gates.unmarshal(text, g) }

// Scale says at which scale a network sees a feature.
type Scale int

const (
	// ScaleNorm scales the feature to the norm sqrt(d), and the residual back by the same
	// factor: M(f) = f + |f|/sqrt(d) R(sqrt(d) f/|f|). The head then follows a feature's
	// length: M(c f) = c M(f) for c > 0.
	ScaleNorm Scale = iota
	// ScaleNone leaves the feature as it is: eq. 1 to the letter.
	ScaleNone
)

var scales = names[Scale]{"norm", "none"}

// String returns "norm" or "none".
func (s Scale) String() string { return scales.of(s) }

// MarshalText returns the text of String.
func (s Scale) MarshalText() ([]byte, error) { return scales.marshal(s) }

// UnmarshalText reads what MarshalText returns.
func (s *Scale) UnmarshalText(text []byte) error { return scales.unmarshal(text, s) }

const (
	defaultBlocks     = 2
	defaultPoseHidden = 256
	angleLen          = 3
	// maxLen bounds every length, so that a damaged file cannot ask for all memory.
	maxLen = 1 << 16
	// maxBlocks likewise.
	maxBlocks = 64
)

// resolve fills in the defaults, or says what cannot be.
func (c Config) resolve() (Config, error) {
	for _, err := range []error{poseInputs.check(c.PoseInput), gates.check(c.Gate), scales.check(c.Scale)} {
		if err != nil {
			return c, err
		}
	}
	switch {
	case c.PoseInput == PoseNone:
		return c, fmt.Errorf("head: module: it needs a pose; for a head without, see package baseline")
	case c.PoseInput == PoseAngles && c.PoseLen == 0:
		c.PoseLen = angleLen
	case c.PoseInput == PoseAngles && c.PoseLen != angleLen:
		return c, fmt.Errorf("head: module: angles are %d values, got PoseLen %d", angleLen, c.PoseLen)
	}
	c.Blocks, c.Hidden, c.PoseHidden = cmp.Or(c.Blocks, defaultBlocks), cmp.Or(c.Hidden, c.FeatureLen), cmp.Or(c.PoseHidden, defaultPoseHidden)
	if c.Blocks > maxBlocks {
		return c, fmt.Errorf("head: module: want at most %d blocks, got %d", maxBlocks, c.Blocks)
	}
	return c, checkLens("module", map[string]int{"FeatureLen": c.FeatureLen, "PoseLen": c.PoseLen, "Blocks": c.Blocks, "Hidden": c.Hidden,
		"PoseHidden": c.PoseHidden})
}

// checkLens refuses lengths that no network can have.
func checkLens(who string, lens map[string]int) error {
	for name, n := range lens {
		if n < 1 || n > maxLen {
			return fmt.Errorf("head: %s: want %s within 1 and %d, got %d", who, name, maxLen, n)
		}
	}
	return nil
}

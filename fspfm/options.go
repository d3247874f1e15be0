package fspfm

import (
	"fmt"
	"image"

	"github.com/gomlx/compute"

	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/pose"
)

// DefaultMaxSide is the longer side, in pixels, to which larger photos are reduced for
// the detector. YuNet was trained for faces of up to 300 pixels: on a phone's full
// picture it misses the near ones, and takes seconds.
const DefaultMaxSide = 1280

// Option changes how Open works. Options that exclude each other are an error.
type Option func(*settings)

// settings are what options set. The zero value of each stands for the default.
type settings struct {
	packName, packDir string
	pack              *pack.Pack
	fetch             []pack.Option

	engine     compute.Backend
	engineName string

	detector  face.Options
	pose      pose.Estimator
	head      *head.Module
	headAbout map[string]string
	headFile  string

	withoutHead, headDecides bool
	detectorLandmarks        bool
	carefulLandmarks         bool

	maxSide   int
	maxFaces  int
	crops     decision.Crops
	decision  *decision.Decision
	threshold *float64
	choose    func(faces []face.Face, photo image.Rectangle) (face.Face, error)
}

// WithPack takes the models of a built-in pack, by its name, instead of those of
// pack.Default.
func WithPack(name string) Option { return func(s *settings) { s.packName = name } }

// WithPackDir takes the models of a folder; see pack.FromDir.
func WithPackDir(dir string) Option { return func(s *settings) { s.packDir = dir } }

// WithModels takes the models of a pack that is there already.
func WithModels(p *pack.Pack) Option { return func(s *settings) { s.pack = p } }

// WithFetch says how the pack is fetched: where its progress goes, which folders are
// looked into, which precision is wanted.
func WithFetch(opts ...pack.Option) Option {
	return func(s *settings) { s.fetch = append(s.fetch, opts...) }
}

// WithEngine computes on an engine of the caller's, who closes it after the Recognizer. The
// small networks of landmarks run on gonum, if the engine is slow at such
// (backend.Traits.SlowStart).
func WithEngine(engine compute.Backend) Option { return func(s *settings) { s.engine = engine } }

// WithEngineName computes on an engine that Open opens and Close closes, by its name in
// package backend. The program imports the engine's package; gonum's is there already.
// Otherwise backend.Default chooses, by what was measured; Recognizer.EngineChoice says
// what and why, and so does a line in the log where there was something to choose from.
func WithEngineName(name string) Option { return func(s *settings) { s.engineName = name } }

// WithDetector changes the detector's thresholds and what it sees.
func WithDetector(o face.Options) Option { return func(s *settings) { s.detector = o } }

// WithMaxSide limits the longer side of what the detector sees to that many pixels,
// instead of DefaultMaxSide. Faces are cut out of the photo itself all the same. A
// negative number means the photo's own size, whatever it is.
func WithMaxSide(pixels int) Option { return func(s *settings) { s.maxSide = pixels } }

// WithMaxFaces refuses photos in which the detector finds more faces, with ErrManyFaces,
// before any of them is embedded: a photo of a crowd takes as long as many photos. 0 is
// no limit.
func WithMaxFaces(n int) Option { return func(s *settings) { s.maxFaces = n } }

// WithDetectorLandmarks keeps the landmarks that the detector gives, instead of having
// the pack's landmark network read them anew. With it, one look
// (face.Options.Once, Exact) and one crop, features are OpenCV's.
func WithDetectorLandmarks() Option { return func(s *settings) { s.detectorLandmarks = true } }

// WithCarefulLandmarks reads every turned face in several looks: the detector looks at it
// four times more, where it stands upright, and a landmark network once. Otherwise only the
// faces that the pack's reader is in doubt of are read so, with two looks if they are enough.
// It is what the reader learned from, and takes some eight times as long.
func WithCarefulLandmarks() Option { return func(s *settings) { s.carefulLandmarks = true } }

// WithPose estimates poses by an estimator of the caller's. It has to be safe for
// concurrent use if the Recognizer is used so. The default is the pack's pose network, or
// else pose.PnP, which makes do with the landmarks. The pack's head stays away if it
// takes the feature of the pack's pose network, because another's means something else to
// it: WithHead brings one that was trained with yours.
func WithPose(e pose.Estimator) Option { return func(s *settings) { s.pose = e } }

// WithHead frontalizes features by a head of the caller's instead of the pack's. About is
// its file's metadata, as head.Read returns it: it says how the head is used
// (head.Usage), and may be nil. Open fails with head.ErrMismatch if the lengths of
// feature or pose do not fit, or if the hashes that about gives are not those of the
// pack's extractor and pose network. The head takes part in the answers of Verify and
// Compare, unless about says what it did to photos (head.Usage.Real) and the interval does
// not lie above zero. The module must not be given other weights later.
func WithHead(m *head.Module, about map[string]string) Option {
	return func(s *settings) { s.head, s.headAbout = m, about }
}

// WithHeadFile is WithHead of a file that head.Module.SaveFile or the training has
// written, or of the head of another pack, by its name or folder.
func WithHeadFile(name string) Option { return func(s *settings) { s.headFile = name } }

// WithoutHead leaves the pack's head away: Result.Frontalized stays nil, and Frontalize
// fails with ErrNoHead.
func WithoutHead() Option { return func(s *settings) { s.withoutHead = true } }

// WithHeadDeciding lets the head take part in the answers of Verify and Compare whatever
// its file says about real photos. Recognizer.HeadDecides says so.
func WithHeadDeciding() Option { return func(s *settings) { s.headDecides = true } }

// WithCrops says which crops of a face each feature averages, instead of the pack's
// decision. More crops take more time and give features that are less at the mercy of the
// landmarks. Features of other crops compare, but thresholds hold for those that they
// were measured with.
func WithCrops(c decision.Crops) Option { return func(s *settings) { s.crops = c } }

// WithDecision takes crops and thresholds from a decision of the caller's instead of the
// pack's: one that examples/evaluate has written from photos like those that are to be
// compared.
func WithDecision(d decision.Decision) Option { return func(s *settings) { s.decision = &d } }

// WithThreshold sets the cosine from which on Verify calls two faces the same person,
// whatever their poses, instead of those that were measured with the pack or the head.
func WithThreshold(cosine float64) Option { return func(s *settings) { s.threshold = &cosine } }

// WithChoice says which of a photo's faces Embed and Verify take, instead of face.Best,
// which takes a large one near the middle. The function gets at least one face, and the
// photo's bounds; its error is returned as it is.
func WithChoice(choose func(faces []face.Face, photo image.Rectangle) (face.Face, error)) Option {
	return func(s *settings) { s.choose = choose }
}

// collect applies the options and checks that they go together.
func collect(opts []Option) (settings, error) {
	s := settings{choose: face.Best}
	for _, o := range opts {
		o(&s)
	}
	packs := 0
	for _, given := range []bool{s.packName != "", s.packDir != "", s.pack != nil} {
		if given {
			packs++
		}
	}
	switch {
	case packs > 1:
		return s, fmt.Errorf("%w: WithPack, WithPackDir and WithModels exclude each other", ErrOptions)
	case s.engine != nil && s.engineName != "":
		return s, fmt.Errorf("%w: WithEngine and WithEngineName exclude each other", ErrOptions)
	case s.head != nil && s.headFile != "":
		return s, fmt.Errorf("%w: WithHead and WithHeadFile exclude each other", ErrOptions)
	case (s.ownHead() || s.headDecides) && s.withoutHead:
		return s, fmt.Errorf("%w: WithoutHead excludes WithHead, WithHeadFile and WithHeadDeciding", ErrOptions)
	case s.maxSide != 0 && s.detector.MaxSide != 0:
		return s, fmt.Errorf("%w: WithMaxSide and WithDetector both limit the detector's side", ErrOptions)
	case s.threshold != nil && !(*s.threshold >= -1 && *s.threshold <= 1):
		return s, fmt.Errorf("%w: the threshold %g is no cosine", ErrOptions, *s.threshold)
	case s.threshold != nil && s.decision != nil:
		return s, fmt.Errorf("%w: WithThreshold and WithDecision exclude each other", ErrOptions)
	case s.crops.Check() != nil:
		return s, fmt.Errorf("%w: %w", ErrOptions, s.crops.Check())
	case s.decision != nil && s.decision.Check() != nil:
		return s, fmt.Errorf("%w: %w", ErrOptions, s.decision.Check())
	case s.maxFaces < 0:
		return s, fmt.Errorf("%w: at most %d faces", ErrOptions, s.maxFaces)
	case s.choose == nil:
		return s, fmt.Errorf("%w: WithChoice of nothing", ErrOptions)
	}
	if s.packName == "" {
		s.packName = pack.Default
	}
	switch {
	case s.maxSide > 0:
		s.detector.MaxSide = s.maxSide
	case s.maxSide == 0 && s.detector.MaxSide == 0:
		s.detector.MaxSide = DefaultMaxSide
	}
	return s, nil
}

// ownHead says whether the head is the caller's, not the pack's.
func (s settings) ownHead() bool { return s.head != nil || s.headFile != "" }

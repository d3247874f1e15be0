package backend_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/notimplemented"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/backend"
	_ "github.com/pifr-go/pifr/backend/gonum"
)

// goName is what GoMLX's engine calls itself.
const goName = "Go Backend"

// fake is a driver for an engine with two variants.
type fake struct {
	ready  bool
	opened []string
	err    error
}

type fakeBackend struct{ notimplemented.Backend }

func (*fake) Variants() []string { return []string{"cpu", "cuda"} }

func (f *fake) Open(_ context.Context, config string) (backend.Backend, error) {
	f.opened = append(f.opened, config)
	return new(fakeBackend), f.err
}

func (f *fake) Status(variant string) backend.Status {
	return backend.Status{About: "a fake on " + variant, Ready: f.ready && variant == "cpu", Detail: "detail"}
}

// register adds a driver for the time of a test.
func register(t *testing.T, engine string, d backend.Driver) {
	t.Helper()
	backend.Register(engine, d)
	t.Cleanup(func() { backend.Unregister(engine) })
}

func TestOpen(t *testing.T) {
	for name, want := range map[string]string{"gonum": "gonum", "gonum:float64": "gonum", "go": goName, "go:parallelism=1": goName} {
		b, err := backend.Open(name)
		require.NoError(t, err, name)
		require.Equal(t, want, b.Name())
		b.Finalize()
	}
}

func TestUnknown(t *testing.T) {
	for _, name := range []string{"cuda", "gonum:float16", "xla", "xla:cpu", "onnx", "stablehlo", ":", "gonum,float64"} {
		_, err := backend.Open(name)
		require.ErrorIs(t, err, backend.ErrUnknown, name)
		require.ErrorContains(t, err, `"`+name+`"`)
		require.ErrorContains(t, err, "this program can open go, gonum, gonum:float64")
		require.ErrorContains(t, err, `for xla:cpu and xla:cuda: import _ "github.com/pifr-go/pifr/backend/xla"`)
		require.ErrorContains(t, err, `for onnx: import _ "github.com/pifr-go/pifr/backend/onnx", built with cgo and -tags onnx`)
		_, err = backend.Describe(name)
		require.ErrorIs(t, err, backend.ErrUnknown, name)
	}
}

// TestUnknownWithDriver lists a linked engine's variants instead of its import.
func TestUnknownWithDriver(t *testing.T) {
	register(t, "xla", new(fake))
	_, err := backend.Open("xla:tpu")
	require.ErrorIs(t, err, backend.ErrUnknown)
	require.ErrorContains(t, err, "xla:cpu, xla:cuda")
	require.NotContains(t, err.Error(), "backend/xla")
}

// TestNoDefault opens engines in a program that imports none but GoMLX's: what gonum
// registered with compute does not make up for its driver.
func TestNoDefault(t *testing.T) {
	t.Setenv(backend.Env, "")
	gonum := backend.Unregister("gonum")
	defer backend.Register("gonum", gonum)
	for _, name := range []string{"", "gonum", "gonum:float64"} {
		_, err := backend.Open(name)
		require.ErrorIs(t, err, backend.ErrUnknown, name)
		require.ErrorContains(t, err, `for gonum and gonum:float64: import _ "github.com/pifr-go/pifr/backend/gonum"`)
	}
	require.Equal(t, []string{"go"}, backend.Names())
}

func TestNames(t *testing.T) {
	require.Equal(t, []string{"go", "gonum", "gonum:float64"}, backend.Names())
	register(t, "xla", new(fake))
	require.Equal(t, []string{"go", "gonum", "gonum:float64", "xla:cpu", "xla:cuda"}, backend.Names())
}

// TestAliases holds that what a wrapped engine registers with compute by itself is no way
// around its driver.
func TestAliases(t *testing.T) {
	never := func(string) (compute.Backend, error) { return nil, errors.New("opened around its driver") }
	for _, name := range []string{"xla", "stablehlo", "onnxruntime"} {
		compute.Register(name, never)
	}
	TestUnknown(t)
	TestNames(t)
}

func TestDefault(t *testing.T) {
	t.Setenv(backend.Env, "")
	name := func() string {
		b, err := backend.Open("")
		require.NoError(t, err)
		defer b.Finalize()
		return b.Name()
	}
	require.Equal(t, "gonum", name())
	f := new(fake)
	register(t, "xla", f)
	require.Equal(t, "gonum", name(), "linked but not installed")
	require.Empty(t, f.opened)
	f.ready = true
	require.Equal(t, "gonum", name(), "XLA is slower on a few photos, and stays what is named for training")
	require.Empty(t, f.opened)
	t.Setenv(backend.Env, "go")
	require.Equal(t, goName, name())
	t.Setenv(backend.Env, "nonsense")
	_, err := backend.Open("")
	require.ErrorIs(t, err, backend.ErrUnknown)
	require.ErrorContains(t, err, `"nonsense"`)
	b, err := backend.Open("gonum")
	require.NoError(t, err, "a name given counts more than the environment")
	b.Finalize()
}

func TestConfig(t *testing.T) {
	f := new(fake)
	register(t, "thing", f)
	_, err := backend.Open("thing:cuda,memory=0.5")
	require.NoError(t, err)
	require.Equal(t, []string{"cuda,memory=0.5"}, f.opened)
	f.err = errors.New("broken")
	_, err = backend.Open("thing:cpu")
	require.ErrorIs(t, err, f.err)
	require.ErrorContains(t, err, "backend: open thing:cpu: broken")
}

func TestDescribe(t *testing.T) {
	t.Setenv(backend.Env, "")
	f := &fake{ready: true}
	register(t, "xla", f)
	for name, want := range map[string]string{
		"":              "gonum: pure Go; native dtypes, float16 and bfloat16 computed through float32; ready: nothing to install",
		"xla:cuda,x=1":  "xla:cuda,x=1: a fake on cuda; not ready: detail",
		"gonum":         "gonum: pure Go; native dtypes, float16 and bfloat16 computed through float32; ready: nothing to install",
		"gonum:float64": "gonum:float64: pure Go; every float held in float64, the numerical reference; ready: nothing to install",
		"go":            "go: GoMLX's pure Go engine; native dtypes; ready: nothing to install",
	} {
		line, err := backend.Describe(name)
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
	require.Empty(t, f.opened)
}

// tuned is a driver whose engine has traits.
type tuned struct{ fake }

func (*tuned) Traits(engine backend.Backend) (backend.Traits, bool) {
	_, mine := engine.(*fakeBackend)
	return backend.Traits{GradientRun: 1}, mine
}

// wrapped is an engine inside another type.
type wrapped struct{ backend.Backend }

func TestTraitsOf(t *testing.T) {
	require.Zero(t, backend.TraitsOf(new(fakeBackend)), "nobody knows it")
	register(t, "untuned", new(fake))
	register(t, "tuned", new(tuned))
	require.Equal(t, backend.Traits{GradientRun: 1}, backend.TraitsOf(new(fakeBackend)))

	direct := backend.Traits{GroupedConv: true, Pooling: true, AnyOrder: true, Clamp: true, ConstantWeights: true}
	wide := direct
	wide.WideFloats = true
	for name, want := range map[string]backend.Traits{"gonum": direct, "gonum:float64": wide, "go": {}} {
		b, err := backend.Open(name)
		require.NoError(t, err)
		require.Equal(t, want, backend.TraitsOf(b), name)
		require.Equal(t, want, backend.TraitsOf(wrapped{b}), name)
		b.Finalize()
	}
}

func TestRegisterPanics(t *testing.T) {
	register(t, "thing", new(fake))
	require.Panics(t, func() { backend.Register("thing", new(fake)) })
	require.Panics(t, func() { backend.Register("", new(fake)) })
	require.Panics(t, func() { backend.Register("a:b", new(fake)) })
	require.Panics(t, func() { backend.Register("nothing", nil) })
}

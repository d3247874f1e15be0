package fspfm

import (
	"context"
	"image"
	"sync"
)

// shared is the Recognizer behind Embed, Frontalize and Verify. It is the package's only
// state, is set once and never changed, and exists so that the simplest program needs no
// set-up.
var shared struct {
	sync.Mutex
	recognizer *Recognizer
}

// Default returns the Recognizer behind Embed, Frontalize and Verify, which Open makes
// without options at the first call that succeeds. It is shared by the whole program and
// must not be closed.
func Default(ctx context.Context) (*Recognizer, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.recognizer == nil {
		r, err := Open(ctx)
		if err != nil {
			return nil, err
		}
		shared.recognizer = r
	}
	return shared.recognizer, nil
}

// Embed is Recognizer.Embed of Default.
func Embed(photo image.Image) (Result, error) {
	ctx := context.Background()
	r, err := Default(ctx)
	if err != nil {
		return Result{}, err
	}
	return r.Embed(ctx, photo)
}

// Frontalize is Recognizer.Frontalize of Default.
func Frontalize(photo image.Image) (Result, error) {
	ctx := context.Background()
	r, err := Default(ctx)
	if err != nil {
		return Result{}, err
	}
	return r.Frontalize(ctx, photo)
}

// FrontalizeAll is Recognizer.FrontalizeAll of Default.
func FrontalizeAll(photos ...image.Image) ([]Result, error) {
	ctx := context.Background()
	r, err := Default(ctx)
	if err != nil {
		return nil, err
	}
	return r.FrontalizeAll(ctx, photos...)
}

// Verify is Recognizer.Verify of Default.
func Verify(a, b image.Image) (Verification, error) {
	ctx := context.Background()
	r, err := Default(ctx)
	if err != nil {
		return Verification{}, err
	}
	return r.Verify(ctx, a, b)
}

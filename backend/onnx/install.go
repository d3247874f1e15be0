//go:build onnx && cgo

package onnx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/gomlx/compute-onnx/support/onnxruntime"

	"github.com/pifr-go/pifr/internal/fetch"
)

// releaseTimeout bounds the download of ONNX Runtime's own release.
const releaseTimeout = 15 * time.Minute

// install installs the library and returns its file. Progress goes to out.
func install(ctx context.Context, out io.Writer) (string, error) {
	if fetch.Forbidden() {
		return "", fmt.Errorf("onnx: no library: %w: unset it, or %s", fetch.ErrForbidden, byHand)
	}
	b, ok := bundles[host]
	err := fmt.Errorf("no wheel for %s: %w", host, fetch.ErrDownload)
	if ok {
		var dir string
		if dir, err = b.Install(ctx, out); err == nil {
			file, err := onnxruntime.GetLibFilename()
			return filepath.Join(dir, file), err
		}
	}
	if !errors.Is(err, fetch.ErrDownload) || ctx.Err() != nil {
		return "", fmt.Errorf("onnx: no library: %w; %s", err, byHand)
	}
	slog.Debug("pip did not work, trying compute-onnx's installer", "error", err)
	path, release := fromRelease(ctx)
	if release != nil {
		return "", fmt.Errorf("onnx: no library: %w; compute-onnx's installer: %w; %s", err, release, byHand)
	}
	return path, nil
}

// fromRelease runs compute-onnx's installer, which takes no context: when ctx or the time
// ends, it is left behind. It moves finished files into place, so that nothing half-done
// becomes visible.
func fromRelease(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	type result struct {
		path string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		path, err := onnxruntime.Install(version, false, "", "", false)
		done <- result{path, err}
	}()
	select {
	case r := <-done:
		return r.path, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// byHand says what a user can do who has no library.
const byHand = "install ONNX Runtime and set " + pathEnv + " to the file of its shared library"

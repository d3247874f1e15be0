//go:build cgo

package xla

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"

	"github.com/pifr-go/pifr/internal/fetch"
)

const (
	// askTimeout bounds the question whether go-xla's release can be reached at all,
	// upstreamTimeout its download.
	askTimeout      = 15 * time.Second
	upstreamTimeout = 30 * time.Minute
)

// release is go-xla's installer for the CPU plugin, in two steps that take no context:
// whether the release can be reached, which writes nothing, and the installation.
type release struct{ ask, install func() error }

func goxlaRelease() release {
	return release{
		ask: func() error {
			_, err := installer.CPUGetDownloadURL(goxlaHost, pjrt.DefaultCPUVersion)
			return err
		},
		install: func() error { return installer.AutoInstallPlugin("cpu", "", true, installer.Quiet) },
	}
}

// install installs the platform's plugin and returns its file. Progress goes to out.
func install(ctx context.Context, platform string, r release, out io.Writer) (string, error) {
	if fetch.Forbidden() {
		return "", fmt.Errorf("xla: no plugin for %s: %w: unset it, or %s", platform, fetch.ErrForbidden, byHand(platform))
	}
	first := upstream(ctx, platform, r, out)
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("xla: install the plugin for %s: %w", platform, err)
	}
	if first == nil {
		if path, err := find(platform); err != nil || path != "" {
			return path, err
		}
		first = errors.New("go-xla's installer left no plugin behind")
	}
	slog.Debug("go-xla's installer did not work, trying pip", "platform", platform, "error", first)
	b, ok := bundles[platform+" "+host]
	if !ok {
		return "", fmt.Errorf("xla: no plugin for %s: %w; no wheel for %s; %s", platform, first, host, byHand(platform))
	}
	dir, err := b.Install(ctx, out)
	if err != nil {
		return "", fmt.Errorf("xla: no plugin for %s: %w; before that, %w; %s", platform, err, first, byHand(platform))
	}
	return filepath.Join(dir, filepath.FromSlash(pluginName(platform))), nil
}

// upstream runs go-xla's installer for the CPU plugin. The installer for CUDA is passed
// over: it takes whatever version is the newest on the day, of fourteen packages of the
// same index that the bundle pins.
func upstream(ctx context.Context, platform string, r release, out io.Writer) error {
	if platform != "cpu" {
		return errors.New("go-xla's installer was not used for " + platform)
	}
	// Asking first keeps a network that swallows packets from holding up the fall-back.
	if err := bounded(ctx, askTimeout, r.ask); err != nil {
		return fmt.Errorf("go-xla's installer: %w", err)
	}
	fmt.Fprintf(out, "installing XLA's plugin for the CPU %s with go-xla's installer\n", pjrt.DefaultCPUVersion)
	if err := bounded(ctx, upstreamTimeout, r.install); err != nil {
		return fmt.Errorf("go-xla's installer: %w", err)
	}
	return nil
}

// bounded runs fn, and stops waiting for it when ctx or the time ends. fn then goes on in
// the background: go-xla's installer holds its own lock and moves finished files into
// place, so that nothing half-done becomes visible.
func bounded(ctx context.Context, limit time.Duration, fn func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- fn() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// byHand says what a user can do who has no plugin.
func byHand(platform string) string {
	return fmt.Sprintf("put a file pjrt_c_api_%s_plugin.so in a folder and set %s to that folder", platform, pjrt.PJRTPluginPathsEnv)
}

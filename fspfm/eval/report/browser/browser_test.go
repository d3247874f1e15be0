// Package browser opens a report in Chromium. It is a module of its own, so that whoever
// imports the library gets no browser's protocol among the modules of theirs.
package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm/eval/report/internal/reporttest"
)

// browser starts a headless Chromium. Without one the test is skipped, or fails if the
// environment variable CI is set.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("needs Chromium: .ci/run installs it")
		}
		t.Skip("needs Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestPage_inABrowser opens the page on a desktop and on a phone: no errors, nothing
// wider than the window, every drawing and picture shown.
func TestPage_inABrowser(t *testing.T) {
	ctx := browser(t)
	path := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, reporttest.Page(t).WriteFile(path))
	var mu sync.Mutex
	var faults []string
	chromedp.ListenTarget(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			faults = append(faults, e.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			faults = append(faults, e.Entry.Text)
		}
	})
	for name, width := range map[string]int64{"desktop": 1280, "phone": 390} {
		var layout struct {
			Wide, Inner, Figures, Broken, Rows int
			Smallest                           float64
		}
		err := chromedp.Run(ctx, log.Enable(), chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+path),
			chromedp.WaitReady("main"), chromedp.Evaluate(`({
				wide: document.documentElement.scrollWidth, inner: window.innerWidth,
				figures: document.querySelectorAll("figure svg").length,
				broken: [...document.images].filter(i => !i.complete || !i.naturalWidth).length,
				rows: document.querySelectorAll("tbody tr").length,
				smallest: Math.min(...[...document.querySelectorAll("figure svg")].map(s => s.getBoundingClientRect().width)),
			})`, &layout))
		require.NoError(t, err, name)
		require.Equal(t, int(width), layout.Inner, name)
		require.LessOrEqual(t, layout.Wide, layout.Inner, "%s: the page scrolls sideways", name)
		require.Equal(t, []int{4, 0, 2}, []int{layout.Figures, layout.Broken, layout.Rows}, name)
		require.Greater(t, layout.Smallest, 250.0, name)
	}
	mu.Lock()
	defer mu.Unlock()
	require.Empty(t, faults)
}

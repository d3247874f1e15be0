// Package browser opens the page on which the library runs, in Chromium. It is a module of
// its own, so that whoever imports the library gets no browser's protocol among the modules
// of theirs.
package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/face"
	"github.com/pifr-go/pifr/fspfm/pack"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// agree is how far features and cosines in the browser, whose engine has no assembly, may
// be from those of the program outside.
const agree = 1e-3

// chromium starts a headless browser. Without one the test is skipped, or fails if the
// environment variable CI is set.
func chromium(t *testing.T) context.Context {
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
	ctx, cancel = context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// demoPhotos are the two that the page offers.
func demoPhotos(t *testing.T) []pack.Photo {
	t.Helper()
	all, err := pack.DemoPhotos(t.Context())
	if os.Getenv("CI") == "" && (errors.Is(err, pack.ErrOffline) || errors.Is(err, pack.ErrForbidden)) {
		t.Skip("needs the pack demo-photos:", err)
	}
	require.NoError(t, err)
	var two []pack.Photo
	for _, p := range all {
		if strings.HasPrefix(p.Name, "person_b_") {
			two = append(two, p)
		}
	}
	require.Len(t, two, 2)
	return two
}

// shown starts the command, and returns the address of its page.
func shown(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "wasm")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./examples/wasm")
	build.Dir = filepath.Join("..", "..", "..")
	text, err := build.CombinedOutput()
	require.NoError(t, err, string(text))
	show := exec.CommandContext(t.Context(), program, "-addr", "127.0.0.1:0")
	show.Dir, show.Stderr = build.Dir, os.Stderr
	show.Cancel = func() error { return show.Process.Signal(os.Interrupt) }
	out, err := show.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, show.Start())
	t.Cleanup(func() { show.Process.Signal(os.Interrupt); show.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "http://") {
			return lines.Text()
		}
		t.Log(lines.Text())
	}
	t.Fatal("the command has not said where the page is")
	return ""
}

// answers are what the page knows after the two photos.
type answers struct {
	A, B               []records.Record
	Verdict, Cost      string
	SecondsA, SecondsB string
	Wide, Inner        int
}

// TestPage has the browser find the faces of two photos and compare them, on a desktop and
// on a phone: no errors, nothing wider than the window, and the same answers as the library
// outside of the browser.
func TestPage(t *testing.T) {
	ctx, photos := chromium(t), demoPhotos(t)
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
	address := shown(t)
	var got answers
	var picture, phone []byte
	require.NoError(t, chromedp.Run(ctx, log.Enable(), chromedp.EmulateViewport(1280, 900), chromedp.Navigate(address),
		chromedp.WaitVisible("body[data-state=ready]"), chromedp.SetUploadFiles(`[data-slot=a] input[type=file]`, []string{photos[0].Path}),
		chromedp.SetUploadFiles(`[data-slot=b] input[type=file]`, []string{photos[1].Path}),
		chromedp.WaitVisible("#verdict.same, #verdict.other"), read(&got), chromedp.FullScreenshot(&picture, 100)))
	t.Logf("%s s and %s s a photo; %s", got.SecondsA, got.SecondsB, got.Cost)
	same(t, photos, got)
	require.LessOrEqual(t, got.Wide, got.Inner)

	require.NoError(t, chromedp.Run(ctx, chromedp.EmulateViewport(390, 844), chromedp.Click("#demo"),
		chromedp.WaitNotPresent("#verdict.same, #verdict.other"), chromedp.WaitVisible("#verdict.same"), read(&got), chromedp.FullScreenshot(&phone, 100)))
	require.Equal(t, 390, got.Inner)
	require.LessOrEqual(t, got.Wide, got.Inner, "the page scrolls sideways")
	require.NoError(t, chromedp.Run(ctx, chromedp.SetUploadFiles(`[data-slot=a] input[type=file]`, []string{"browser_test.go"}),
		chromedp.WaitVisible(".note.failed"), chromedp.WaitNotPresent("#verdict.same, #verdict.other")))

	if dir := os.Getenv("PIFR_SCREENSHOTS"); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "wasm-desktop.png"), picture, 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "wasm-phone.png"), phone, 0o644))
	}
	mu.Lock()
	defer mu.Unlock()
	require.Empty(t, faults)
}

// read takes the answers from the page.
func read(to *answers) chromedp.Action {
	return chromedp.Evaluate(`({
		a: slots.a.faces, b: slots.b.faces, verdict: document.getElementById("verdict").textContent,
		cost: document.getElementById("cost").textContent,
		secondsA: Number(slots.a.section.dataset.seconds).toFixed(1), secondsB: Number(slots.b.section.dataset.seconds).toFixed(1),
		wide: document.documentElement.scrollWidth, inner: window.innerWidth,
	})`, to)
}

// same compares the page's answers with the library's outside.
func same(t *testing.T, photos []pack.Photo, got answers) {
	t.Helper()
	r, err := fspfm.Open(t.Context(), fspfm.WithEngineName("gonum"))
	require.NoError(t, err)
	defer r.Close()
	var results []fspfm.Result
	for i, page := range [][]records.Record{got.A, got.B} {
		photo, err := face.ReadFile(photos[i].Path)
		require.NoError(t, err)
		found, err := r.Faces(t.Context(), photo)
		require.NoError(t, err)
		require.Len(t, page, len(found))
		results = append(results, found[0])
		for k, f := range found {
			require.InDelta(t, f.Face.Box.X, page[k].Box[0], 0.1)
			require.InDelta(t, f.Face.Box.W, page[k].Box[2], 0.1)
			yaw, pitch, roll := f.Pose.Deg()
			require.InDeltaSlice(t, []float64{yaw, pitch, roll}, []float64{page[k].Pose.Yaw, page[k].Pose.Pitch, page[k].Pose.Roll}, 0.1)
			require.Len(t, page[k].Feature, len(f.Feature))
			for j := range f.Feature {
				require.Less(t, math.Abs(float64(f.Feature[j]-page[k].Feature[j])), agree)
			}
			require.Equal(t, r.Maker().Fingerprint, page[k].Made.Fingerprint)
		}
	}
	v, err := r.Compare(results[0], results[1])
	require.NoError(t, err)
	require.True(t, v.Same)
	require.Contains(t, got.Verdict, "One person")
	var cosine float64
	_, err = fmt.Sscanf(got.Verdict, "One personcosine %g", &cosine)
	require.NoError(t, err, got.Verdict)
	require.InDelta(t, v.Cosine, cosine, agree)
}

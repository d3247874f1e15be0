// Package browser opens the server's page in Chromium. It is a module of its own, so that
// whoever imports the library gets no browser's protocol among the modules of theirs.
package browser

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// shots is the environment variable with a folder for pictures of the page, for people.
const shots = "PIFR_SHOTS"

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
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true))
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

var listening = regexp.MustCompile(`msg=listening page=(http://[^ ]+)`)

// serve builds the server and starts it on rendered people.
func serve(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "server.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = ".."
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	c := exec.CommandContext(t.Context(), program, "-demo", "-addr", "127.0.0.1:0")
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	stderr, err := c.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait()
	})
	found := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
	}()
	select {
	case url := <-found:
		return url
	case <-time.After(time.Minute):
		t.Fatal("the server does not listen")
		return ""
	}
}

// visit is a window of the browser.
type visit struct {
	t    *testing.T
	ctx  context.Context
	name string

	mu     sync.Mutex
	faults []string
}

func visitor(t *testing.T, name string, width, height int64) *visit {
	v := &visit{t: t, ctx: browser(t), name: name}
	chromedp.ListenTarget(v.ctx, func(event any) {
		v.mu.Lock()
		defer v.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			v.faults = append(v.faults, e.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			v.faults = append(v.faults, e.Entry.Text+" "+e.Entry.URL)
		case *runtime.EventConsoleAPICalled:
			v.faults = append(v.faults, fmt.Sprint("console: ", e.Args))
		case *page.EventJavascriptDialogOpening:
			go func() { _ = chromedp.Run(v.ctx, page.HandleJavaScriptDialog(true)) }()
		}
	})
	require.NoError(t, chromedp.Run(v.ctx)) // which starts it, for as long as the context
	v.run(log.Enable(), chromedp.EmulateViewport(width, height))
	return v
}

func (v *visit) run(actions ...chromedp.Action) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 30*time.Second)
	defer cancel()
	require.NoError(v.t, chromedp.Run(ctx, actions...), v.name)
}

// until waits for an expression to be true.
func (v *visit) until(what string) {
	v.t.Helper()
	v.run(chromedp.Poll(what, nil, chromedp.WithPollingTimeout(20*time.Second)))
}

// layout looks whether the page fits into the window, and takes a picture of it.
func (v *visit) layout(room string, width int) {
	v.t.Helper()
	var wide, inner int
	var small []string
	v.run(chromedp.Evaluate(`document.documentElement.scrollWidth`, &wide), chromedp.Evaluate(`window.innerWidth`, &inner),
		chromedp.Evaluate(`[...document.querySelectorAll("button, nav a, input:not([type=checkbox]):not([type=file])")].filter(e => e.offsetParent && e.getBoundingClientRect().height < 38).map(e => e.outerHTML.slice(0, 80))`, &small))
	require.Equal(v.t, width, inner, v.name)
	require.LessOrEqual(v.t, wide, inner, "%s: %s scrolls sideways", v.name, room)
	require.Empty(v.t, small, "%s: %s has buttons too small for fingers", v.name, room)
	if dir := os.Getenv(shots); dir != "" {
		var picture []byte
		v.run(chromedp.FullScreenshot(&picture, 100))
		require.NoError(v.t, os.WriteFile(filepath.Join(dir, v.name+"-"+room+".png"), picture, 0o600))
	}
}

// demo presses a photo of the demonstration.
func demo(in, photo string) chromedp.Action {
	return chromedp.Click(fmt.Sprintf(`%s button[data-photo="%s"]`, in, photo), chromedp.ByQuery)
}

// TestPage does on the page what there is to do, on a desktop and on a phone.
func TestPage(t *testing.T) {
	for name, width := range map[string]int{"desktop": 1280, "phone": 390} {
		t.Run(name, func(t *testing.T) {
			v, base := visitor(t, name, int64(width), 844), serve(t)
			v.run(chromedp.Navigate(base), chromedp.WaitVisible(`body[data-ready]`, chromedp.ByQuery))
			v.layout("start", width)
			v.look(width)
			v.compare(width)
			v.people(width)
			v.groups(width)
			v.run(chromedp.Navigate(base+"docs"), chromedp.WaitVisible(`article`, chromedp.ByQuery), chromedp.Click(`article summary`, chromedp.ByQuery))
			v.layout("docs", width)
			v.mu.Lock()
			defer v.mu.Unlock()
			// Of requests that fail the console says so, here of the one that v.groups asks again.
			require.Len(t, v.faults, 1, "%v", v.faults)
			require.Regexp(t, `status of 409 .*/v1/groups/same$`, v.faults[0])
		})
	}
}

func (v *visit) look(width int) {
	v.run(demo("#look", "ann-4.jpg"), chromedp.WaitVisible(`#look-result canvas`, chromedp.ByQuery))
	v.until(`document.querySelector("#look-result .who").textContent === "Nobody is enrolled yet"`)
	var colors int // the canvas has more than one
	v.run(chromedp.Evaluate(`(c => new Set(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.filter((_, i) => i % 4 === 0)).size)(document.querySelector("#look-result canvas"))`, &colors))
	require.Greater(v.t, colors, 50)
	v.layout("look", width)
}

func (v *visit) compare(width int) {
	v.run(chromedp.Click(`nav a[href="#compare"]`, chromedp.ByQuery), chromedp.WaitVisible(`#compare`, chromedp.ByQuery))
	// Photos move what is below them: the next click waits for that.
	v.run(demo("#compare-a", "bea-1.jpg"), chromedp.WaitVisible(`#compare-a canvas`, chromedp.ByQuery), demo("#compare-b", "bea-3.jpg"))
	v.until(`document.querySelector("#compare-result .verdict")?.textContent === "One person"`)
	v.layout("compare", width)
	v.run(demo("#compare-b", "dan-1.jpg"))
	v.until(`document.querySelector("#compare-result .verdict")?.textContent === "Two people"`)
}

// people enrolls two people, finds one, merges both, and removes what is left.
func (v *visit) people(width int) {
	v.run(chromedp.Click(`nav a[href="#people"]`, chromedp.ByQuery), chromedp.WaitVisible(`#people`, chromedp.ByQuery))
	for i, who := range []string{"ann", "bea"} {
		for k := range 2 {
			v.run(demo("#enroll-photos", fmt.Sprintf("%s-%d.jpg", who, k+1)))
			v.until(fmt.Sprintf(`document.querySelectorAll("#enroll-chosen img").length === %d`, k+1))
		}
		v.run(chromedp.SendKeys(`#enroll-name`, who+"\r", chromedp.ByQuery))
		v.until(fmt.Sprintf(`document.querySelectorAll("#people-list > li").length === %d`, i+1))
	}
	v.run(chromedp.Click(`#people-list li button`, chromedp.ByQuery))
	v.until(`document.querySelectorAll("#people-list li li").length === 2`)
	v.layout("people", width)
	v.run(chromedp.Click(`nav a[href="#look"]`, chromedp.ByQuery), demo("#look", "ann-3.jpg"))
	v.until(`document.querySelector("#look-result .who")?.textContent === "ann"`)
	v.layout("known", width)
	v.run(demo("#look", "cleo-1.jpg"))
	v.until(`document.querySelector("#look-result .who")?.textContent === "Nobody who is enrolled"`)
	// The list is made anew: who is in the old one cannot be selected.
	v.run(chromedp.Evaluate(`document.querySelector("#people-list").replaceChildren()`, nil), chromedp.Click(`nav a[href="#people"]`, chromedp.ByQuery))
	v.until(`document.querySelectorAll("#people-list input").length === 2`)
	v.run(chromedp.Evaluate(`document.querySelectorAll("#people-list input").forEach(i => i.click())`, nil), chromedp.Click(`#people-merge`, chromedp.ByQuery))
	v.until(`document.querySelectorAll("#people-list > li").length === 1`)
	v.run(chromedp.Click(`#people-list .danger`, chromedp.ByQuery))
	v.until(`document.querySelectorAll("#people-list > li").length === 0`)
}

// groups splits a group and merges it again, by the keyboard.
func (v *visit) groups(width int) {
	v.run(chromedp.Click(`nav a[href="#groups"]`, chromedp.ByQuery))
	v.until(`document.querySelectorAll("section.group").length === 6`)
	v.until(`[...document.querySelectorAll(".tiles img")].every(i => i.complete && i.naturalWidth === 112)`)
	press := func(selector, key string) {
		v.run(chromedp.Focus(selector, chromedp.ByQuery), chromedp.KeyEvent(key))
	}
	press(`.group li:nth-child(1) button`, " ")
	press(`.group li:nth-child(2) button`, " ")
	v.layout("groups", width)
	press(`#groups-split`, "\r")
	v.until(`document.querySelectorAll("section.group").length === 7`)
	v.run(chromedp.Evaluate(`document.querySelector("section.group").dataset.group = "first"`, nil))
	press(`.group[data-group="7"] input[type=checkbox]`, " ")
	press(`.group[data-group="1"] input[type=checkbox]`, " ")
	v.layout("chosen", width)
	press(`#groups-merge`, "\r") // and says yes to the question whether that is so
	v.until(`document.querySelectorAll("section.group").length === 6`)
	press(`section.group form input`, "Somebody")
	v.run(chromedp.KeyEvent("\r"))
	v.until(`document.querySelector("section.group form button").textContent === "Enrolled 5"`)
}

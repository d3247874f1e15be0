package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"

	"github.com/pifr-go/pifr/examples/server/client"
	"github.com/pifr-go/pifr/examples/server/internal/demo"
)

const seed = 42

var listening = regexp.MustCompile(`msg=listening page=(http://[^ ]+)/ `)

// drive starts the server, has clients ask it, and ends it.
func (o options) drive(ctx context.Context, program, data string) (_ *report, err error) {
	c := exec.CommandContext(context.WithoutCancel(ctx), program, "-demo", "-pack", o.pack, "-data", data, "-addr", "127.0.0.1:0")
	stderr, err := c.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, c.Process.Signal(syscall.SIGTERM), c.Wait())
	}()
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
	}()
	select {
	case base := <-found:
		return o.ask(ctx, base, filepath.Join(data, "photos"))
	case <-time.After(time.Minute):
		return nil, errors.New("the server does not listen")
	}
}

// ask has all clients ask until the time is over.
func (o options) ask(ctx context.Context, base, dir string) (*report, error) {
	w := &world{base: base, http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: o.clients}}}
	for _, name := range demo.Names() {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		w.photos = append(w.photos, client.File(name, data))
	}
	if err := w.settle(ctx); err != nil { // the demonstration's own job
		return nil, err
	}
	r := &report{clients: o.clients, seed: seed, times: map[string][]time.Duration{}}
	if err := r.sample(ctx, w); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.time)
	defer cancel()
	begin := time.Now()
	var all sync.WaitGroup
	for i := range o.clients {
		all.Go(func() { w.client(ctx, i, r) })
	}
	select {
	case <-time.After(o.time / 2):
	case <-ctx.Done():
	}
	if err := r.sample(context.WithoutCancel(ctx), w); err != nil {
		return nil, err
	}
	all.Wait()
	r.took = time.Since(begin)
	return r, r.sample(context.WithoutCancel(ctx), w)
}

// world is what clients know.
type world struct {
	base   string
	http   *http.Client
	photos []client.Photo
}

// settle waits until the server has no job left.
func (w *world) settle(ctx context.Context) error {
	for range 600 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+"/v1/jobs", nil)
		if err != nil {
			return err
		}
		answer, err := w.http.Do(r)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			return err
		}
		if regexp.MustCompile(`"state":"(done|failed)"`).Match(body) {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return errors.New("the server's own job does not end")
}

// client asks one thing after the other. The first enrolls and removes, the others look
// most of the time.
func (w *world) client(ctx context.Context, i int, r *report) {
	random, c := rand.New(rand.NewPCG(seed, uint64(i))), client.New(w.base, "")
	c.HTTP = w.http
	photo := func() client.Photo { return w.photos[random.IntN(len(w.photos))] }
	for ctx.Err() == nil {
		if i == 0 {
			w.change(ctx, c, r)
			continue
		}
		switch n := random.IntN(100); {
		case n < 50:
			r.time("identify", 1, func() error { _, err := c.Identify(ctx, photo()); return err })
		case n < 75:
			r.time("detect", 1, func() error { _, err := c.Detect(ctx, photo()); return err })
		case n < 90:
			r.time("verify", 2, func() error { _, err := c.Verify(ctx, photo(), photo()); return err })
		default:
			r.time("people", 0, func() error {
				for _, err := range c.People(ctx) {
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
}

// change enrolls somebody, and removes them.
func (w *world) change(ctx context.Context, c *client.Client, r *report) {
	var e *client.Enrolled
	r.time("enroll", 2, func() (err error) {
		e, err = c.Enroll(ctx, "Ann", w.photos[0], w.photos[1])
		return err
	})
	if e != nil {
		r.time("remove", 0, func() error { return c.Remove(context.WithoutCancel(ctx), e.Person.ID) })
	}
}

var resident = regexp.MustCompile(`(?m)^process_resident_memory_bytes (\S+)$`)

// sample asks for the memory of the server.
func (r *report) sample(ctx context.Context, w *world) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+"/metrics", nil)
	if err != nil {
		return err
	}
	answer, err := w.http.Do(req)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	m := resident.FindSubmatch(body)
	if m == nil {
		return nil // the system does not say
	}
	var bytes float64
	if _, err := fmt.Sscan(string(m[1]), &bytes); err != nil {
		return err
	}
	r.memory = append(r.memory, bytes/(1<<20))
	return nil
}

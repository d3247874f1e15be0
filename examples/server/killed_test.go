package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/examples/server/client"
)

// asServer makes this test program the server, so that it can be killed.
const asServer = "PIFR_TEST_SERVER"

var listening = regexp.MustCompile(`msg=listening page=(http://[^ ]+)/ `)

// process starts a server of its own.
func process(t *testing.T, args ...string) (base string, kill func()) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	c.Env = append(os.Environ(), asServer+"=1")
	stderr, err := c.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	kill = sync.OnceFunc(func() {
		_ = c.Process.Kill()
		_ = c.Wait() // it was killed
	})
	t.Cleanup(kill)
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
	case url := <-found:
		return url, kill
	case <-time.After(time.Minute):
		t.Fatal("the server does not listen")
		return "", nil
	}
}

// known is what a client was answered for about somebody.
type known struct {
	id      string
	faces   []string // that were answered for
	removed bool     // answered for
	asked   bool     // whether a removal was asked for
}

// TestKilled kills a server that enrolls and removes, again and again. What it was
// answered for is there afterwards, who was removed is not, and nobody else is let in.
func TestKilled(t *testing.T) {
	const seed = 42
	t.Logf("seed %d", seed)
	random, data := rand.New(rand.NewPCG(seed, 1)), t.TempDir()
	var all []*known
	for range 8 {
		base, kill := process(t, "-demo", "-data", data, "-addr", "127.0.0.1:0")
		checkKnown(t, base, data, all)
		var mu sync.Mutex
		var clients sync.WaitGroup
		for _, who := range []string{"ann", "bea", "cleo"} {
			clients.Go(func() {
				for {
					k, err := enrollAndRemove(t.Context(), client.New(base, ""), data, who)
					mu.Lock()
					if k != nil {
						all = append(all, k)
					}
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
		time.Sleep(time.Duration(200+random.IntN(600)) * time.Millisecond)
		kill()
		clients.Wait()
	}
	base, _ := process(t, "-demo", "-data", data, "-addr", "127.0.0.1:0")
	checkKnown(t, base, data, all)
	removed := 0
	for _, k := range all {
		if k.removed {
			removed++
		}
	}
	t.Logf("%d people were enrolled, %d of them removed", len(all), removed)
	require.Greater(t, removed, 8)
}

// enrollAndRemove enrolls somebody, adds a face, and removes whoever it was. It returns
// what was answered for, and the error that the server's end is.
func enrollAndRemove(ctx context.Context, c *client.Client, data, who string) (*known, error) {
	photo := func(k int) client.Photo {
		name := fmt.Sprintf("%s-%d.jpg", who, k)
		file, _ := os.ReadFile(filepath.Join(data, "photos", name))
		return client.File(name, file)
	}
	e, err := c.Enroll(ctx, who, photo(1))
	var refused *client.Error
	if errors.As(err, &refused) && refused.Type == "urn:pifr:refused" {
		// Somebody from before the last kill, whose enrollment nobody heard of, or who is still
		// there: it is as good as any.
		found, err := c.Identify(ctx, photo(1))
		if err != nil {
			return nil, err
		}
		return nil, c.Remove(ctx, found.Faces[0].Candidates[0].Person.ID)
	}
	if err != nil {
		return nil, err
	}
	k := &known{id: e.Person.ID, faces: e.Faces}
	more, err := c.EnrollMore(ctx, k.id, photo(2))
	if err != nil {
		return k, err
	}
	k.faces = append(k.faces, more.Faces...)
	k.asked = true
	if err := c.Remove(ctx, k.id); err != nil {
		return k, err
	}
	k.removed = true
	return k, nil
}

// checkKnown asks a server about everybody. Of each client one request may have been under
// way when the server ended.
func checkKnown(t *testing.T, base, data string, all []*known) {
	t.Helper()
	c, ctx := client.New(base, ""), t.Context()
	audited := audits(t, data)
	there := map[string]bool{}
	for p, err := range c.People(ctx) {
		require.NoError(t, err)
		there[p.ID] = true
	}
	expected := 0
	for _, k := range all {
		if k.removed {
			require.False(t, there[k.id], "%s was removed, and is there", k.id)
			require.Equal(t, "done", audited[k.id], "a removal that the audit log does not have")
			continue
		}
		if !there[k.id] {
			require.True(t, k.asked || audited[k.id] != "", "%s was answered for, and is lost", k.id)
			continue
		}
		expected++
		p, err := c.Person(ctx, k.id)
		require.NoError(t, err)
		var faces []string
		for _, f := range p.Faces {
			faces = append(faces, f.ID)
		}
		require.Subset(t, faces, k.faces)
	}
	require.LessOrEqual(t, len(there), expected+3, "somebody was let in whom no request was about")
}

// audits are the last states of removals by person.
func audits(t *testing.T, data string) map[string]string {
	t.Helper()
	out := map[string]string{}
	f, err := os.Open(filepath.Join(data, "audit.jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		return out
	}
	require.NoError(t, err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var e struct{ Person, State string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e))
		out[e.Person] = e.State
	}
	return out
}

// TestConnections has 10,000 clients, or as many as the system lets this process have, who
// connect and say half of what they want. Another one is answered; and then they go.
func TestConnections(t *testing.T) {
	base, _ := process(t, "-demo", "-data", t.TempDir(), "-addr", "127.0.0.1:0", "-header-timeout", "2m", "-max-connections", "12000")
	const want = 10_000
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	begin := time.Now()
	for len(open) < want {
		c, err := net.DialTimeout("tcp", base[len("http://"):], 10*time.Second)
		if err != nil {
			t.Logf("the system lets this process have %d connections: %v", len(open), err)
			for _, c := range open[max(0, len(open)-20):] { // room for what follows
				_ = c.Close()
			}
			break
		}
		open = append(open, c)
		_, err = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: local")
		require.NoError(t, err)
	}
	t.Logf("%d connections in %s", len(open), time.Since(begin).Round(time.Millisecond))
	require.Greater(t, len(open), 100)
	c := client.New(base, "")
	c.HTTP = &http.Client{Timeout: 30 * time.Second}
	answer, err := c.HTTP.Get(base + "/demo/photos/ann-1.jpg")
	require.NoError(t, err)
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	seen, err := c.Detect(t.Context(), client.File("ann-1.jpg", data))
	require.NoError(t, err)
	require.Len(t, seen.Faces, 1)
	// One of them says the rest.
	first := open[0]
	require.NoError(t, first.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(first, "host\r\n\r\n")
	require.NoError(t, err)
	said, err := http.ReadResponse(bufio.NewReader(first), nil)
	require.NoError(t, err)
	require.Equal(t, 200, said.StatusCode)
}

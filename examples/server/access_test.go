package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pifr-go/pifr/examples/server/internal/keys"
)

// everybody, writers and admins have operations; all others are every reader's.
var (
	everybody = []string{"health", "ready"}
	writers   = []string{"enroll", "describe-person", "enroll-faces", "move-faces", "merge-people", "split-person", "same-faces", "different-faces",
		"split-faces", "forget-faces", "regroup", "enroll-group", "start-job"}
	admins = []string{"remove-person", "remove-face", "remove-faces", "remove-job"}
)

// TestRoles asks for each operation of the document with each kind of key, and with what
// is none.
func TestRoles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	f, err := keys.Open(file)
	require.NoError(t, err)
	tokens, ids := map[keys.Role]string{}, map[keys.Role]string{}
	for _, role := range []keys.Role{keys.Read, keys.Write, keys.Admin} {
		token, k, err := f.New(role)
		require.NoError(t, err)
		tokens[role], ids[role] = token, k.ID
	}
	s := start(t, "-keys", file)
	_, _, document := s.ask("GET", "/openapi.json", "", nil)
	require.Equal(t, "3.1.0", document["openapi"])
	count := 0
	for path, item := range document["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			count++
			s.roles(tokens, strings.ToUpper(method), path, op.(map[string]any)["operationId"].(string))
		}
	}
	require.Equal(t, 34, count)
	for _, wrong := range []string{"", "Bearer", "Bearer x", "Bearer " + tokens[keys.Admin] + "x", "Basic " + tokens[keys.Admin], tokens[keys.Admin]} {
		code, header, _ := s.ask("GET", "/v1/about?key="+tokens[keys.Admin], "", nil, "Authorization", wrong)
		require.Equal(t, 401, code, wrong)
		require.Equal(t, "Bearer", header.Get("WWW-Authenticate"))
	}
	code, _, _ := s.ask("GET", "/metrics", "", nil)
	require.Equal(t, 401, code)
	code, _, _ = s.ask("GET", "/metrics", "", nil, "Authorization", "Bearer "+tokens[keys.Read])
	require.Equal(t, 200, code)
	code, _, _ = s.ask("GET", "/", "", nil)
	require.Equal(t, 200, code, "the page asks for a key itself")
	require.NoError(t, f.Revoke(ids[keys.Admin]))
	require.Eventually(t, func() bool {
		code, _, _ := s.ask("GET", "/v1/about", "", nil, "Authorization", "Bearer "+tokens[keys.Admin])
		return code == 401
	}, 10*time.Second, 50*time.Millisecond, "a revoked key")
	for _, token := range tokens {
		require.NotContains(t, s.log.String(), token, "the log has a key")
	}
}

// roles asks for an operation with each kind of key.
func (s *serving) roles(tokens map[keys.Role]string, method, path, id string) {
	s.t.Helper()
	wanted := keys.Read
	switch {
	case has(everybody, id):
		wanted = ""
	case has(writers, id):
		wanted = keys.Write
	case has(admins, id):
		wanted = keys.Admin
	}
	path = strings.NewReplacer("{group}", "99", "{person}", "none", "{face}", "none", "{job}", "none").Replace(path)
	code, _, _ := s.ask(method, path, "application/json", []byte("{}"))
	require.Equal(s.t, wanted != "", code == 401, "%s without a key: %d", id, code)
	for role, token := range tokens {
		code, _, _ := s.ask(method, path, "application/json", []byte("{}"), "Authorization", "Bearer "+token)
		require.NotEqual(s.t, 401, code, id)
		require.Equal(s.t, wanted != "" && !role.Allows(wanted), code == 403, "%s with a key of role %s: %d", id, role, code)
	}
}

func has(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}

// TestOrigins has pages from elsewhere ask: of a list, and not.
func TestOrigins(t *testing.T) {
	s := start(t, "-cors", "https://friend.example")
	form := []byte("--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nEve\r\n--x--\r\n")
	for _, headers := range [][]string{
		{"Origin", "https://enemy.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://friend.example.enemy.example"},
	} {
		code, header, _ := s.ask("POST", "/v1/people", "multipart/form-data; boundary=x", form, headers...)
		require.Equal(t, 403, code, headers)
		require.Empty(t, header.Get("Access-Control-Allow-Origin"))
	}
	code, header, _ := s.ask("POST", "/v1/detect", "image/jpeg", s.photo("ann-1.jpg").Data, "Origin", "https://friend.example", "Sec-Fetch-Site", "cross-site")
	require.Equal(t, 200, code)
	require.Equal(t, "https://friend.example", header.Get("Access-Control-Allow-Origin"))
	code, header, _ = s.ask("OPTIONS", "/v1/people/x", "", nil, "Origin", "https://friend.example", "Access-Control-Request-Method", "DELETE")
	require.Equal(t, 204, code)
	require.Contains(t, header.Get("Access-Control-Allow-Methods"), "DELETE")

	// A page whose name leads here is from elsewhere, too.
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.base+"/v1/people", nil)
	require.NoError(t, err)
	r.Host = "rebound.example"
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, 421, answer.StatusCode)
	_, header, _ = s.ask("GET", "/", "", nil)
	policy := header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
}

// TestAddr: only this machine may ask where there are no keys.
func TestAddr(t *testing.T) {
	for addr, good := range map[string]bool{"127.0.0.1:0": true, "[::1]:0": true, "localhost:0": true, ":8080": false, "0.0.0.0:0": false, "192.0.2.1:80": false, "[::]:80": false} {
		_, err := parse([]string{"-demo", "-addr", addr}, &logged{})
		require.Equal(t, good, err == nil, addr)
		for _, flag := range []string{"-insecure", "-keys=x"} {
			_, err = parse([]string{"-demo", "-addr", addr, flag}, &logged{})
			require.NoError(t, err, addr)
		}
	}
}

// hostile are names that mean something to somebody.
func hostile() []string {
	return []string{"'; DROP TABLE people; --", `"; DELETE FROM faces; --`, "1 OR 1=1", "$1", "%s%n", "<script>alert(1)</script>", "Робърт", "\u202egnp", `\'; SELECT pg_sleep(10); --`}
}

// names gives people names that mean something to somebody, and asks for such people.
func (s *serving) names() {
	s.t.Helper()
	c, ctx := s.client(""), s.t.Context()
	e, err := c.Enroll(ctx, "Ann", s.photo("ann-1.jpg"))
	require.NoError(s.t, err)
	for _, name := range hostile() {
		p, err := c.Describe(ctx, e.Person.ID, name, map[string]string{name: name})
		require.NoError(s.t, err, name)
		require.Equal(s.t, name, p.Name)
		require.Equal(s.t, name, p.Metadata[name])
		found, err := c.Identify(ctx, s.photo("ann-2.jpg"))
		require.NoError(s.t, err)
		require.Equal(s.t, name, found.Faces[0].Candidates[0].Person.Name)
		for _, err := range []error{c.Remove(ctx, name), second(c.Merge(ctx, e.Person.ID, name)), second(c.Move(ctx, e.Person.ID, name)), second(c.Split(ctx, name, name, name))} {
			require.Contains(s.t, []int{404, 422}, status(s.t, err), name)
		}
		code, _, page := s.ask("GET", "/v1/people?after="+strings.NewReplacer(" ", "%20", ";", "%3B", "%", "%25", "\\", "%5C", "\"", "%22", "<", "%3C", ">", "%3E", "\u202e", "%E2%80%AE").Replace(name), "", nil)
		require.Equal(s.t, 200, code, "%s: %v", name, page)
	}
	p, err := c.Person(ctx, e.Person.ID)
	require.NoError(s.t, err)
	require.Len(s.t, p.Faces, 1)
	require.NoError(s.t, c.Remove(ctx, e.Person.ID))
}

func second[T any](_ T, err error) error { return err }

// TestNames does so in a file. What is removed is in the audit log, without names.
func TestNames(t *testing.T) {
	s := start(t)
	s.names()
	log := s.log.String()
	for _, name := range append(hostile(), "Ann", "ann-1") {
		require.NotContains(t, log, name)
	}
	require.Contains(t, log, "op=identify")
	for _, line := range strings.Split(log, "\n") {
		require.Less(t, len(line), 400, "a line so long may have features in it")
	}
	data, err := os.ReadFile(filepath.Join(s.data, "audit.jsonl"))
	require.NoError(t, err)
	var states []string
	for line := range strings.Lines(string(data)) {
		var e struct{ Action, State, Person, Request string }
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		require.NotEmpty(t, e.Request)
		if e.Action == "remove person" {
			states = append(states, e.State)
		}
	}
	require.Equal(t, fmt.Sprint([]string{"asked", "done"}), fmt.Sprint(states[len(states)-2:]))
	require.NotContains(t, string(data), "Ann")
}

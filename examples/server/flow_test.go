package main

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPeople does with people what there is to do.
func TestPeople(t *testing.T) {
	s := start(t)
	c, ctx := s.client(""), t.Context()
	seen, err := c.Detect(ctx, s.photo("ann-4.jpg"))
	require.NoError(t, err)
	require.Len(t, seen.Faces, 1)
	require.InDelta(t, 35, seen.Faces[0].Pose.Yaw, 8)
	require.Greater(t, seen.Faces[0].Quality, 0.5)
	same, err := c.Verify(ctx, s.photo("ann-1.jpg"), s.photo("ann-3.jpg"))
	require.NoError(t, err)
	require.True(t, same.Same)
	other, err := c.Verify(ctx, s.photo("ann-1.jpg"), s.photo("bea-1.jpg"))
	require.NoError(t, err)
	require.False(t, other.Same)

	ann, err := c.Enroll(ctx, "Ann", s.photo("ann-1.jpg"), s.photo("ann-2.jpg"))
	require.NoError(t, err)
	require.Len(t, ann.Faces, 2)
	bea, err := c.Enroll(ctx, "Bea", s.photo("bea-1.jpg"), s.photo("bea-2.jpg"), s.photo("bea-3.jpg"))
	require.NoError(t, err)
	found, err := c.Identify(ctx, s.photo("ann-3.jpg"))
	require.NoError(t, err)
	require.True(t, found.Faces[0].Known)
	require.Equal(t, "Ann", found.Faces[0].Candidates[0].Person.Name)
	require.Equal(t, 2, found.People)
	stranger, err := c.Identify(ctx, s.photo("cleo-1.jpg"))
	require.NoError(t, err)
	require.False(t, stranger.Faces[0].Known)

	// Somebody else's photo is refused, and says whose it is.
	more, err := c.EnrollMore(ctx, bea.Person.ID, s.photo("ann-2.jpg"))
	require.NoError(t, err)
	require.Equal(t, ann.Person.ID, more.Refused[0].Person)
	require.Empty(t, more.Faces)
	_, err = c.Enroll(ctx, "Ann again", s.photo("ann-3.jpg"))
	require.Equal(t, 422, status(t, err))
	require.ErrorContains(t, err, "it shows somebody else in the gallery")

	split, err := c.Split(ctx, bea.Person.ID, "Bea's twin", bea.Faces[2])
	require.NoError(t, err)
	require.Len(t, split.Faces, 1)
	merged, err := c.Merge(ctx, bea.Person.ID, split.ID)
	require.NoError(t, err)
	require.Len(t, merged.Faces, 3)
	_, err = c.Person(ctx, split.ID)
	require.Equal(t, 404, status(t, err))
	moved, err := c.Move(ctx, ann.Person.ID, bea.Faces...)
	require.NoError(t, err)
	require.Len(t, moved.Faces, 5)
	_, err = c.Person(ctx, bea.Person.ID)
	require.Equal(t, 404, status(t, err), "nobody is left without faces")
	require.NoError(t, c.Remove(ctx, ann.Person.ID))
	require.Equal(t, 404, status(t, c.Remove(ctx, ann.Person.ID)))
	for range c.People(ctx) {
		t.Fatal("somebody is left")
	}
}

// TestPages goes through people by cursor, and changes somebody if they are as seen.
func TestPages(t *testing.T) {
	s := start(t)
	c, ctx := s.client(""), t.Context()
	var ids []string
	for _, who := range []string{"ann", "bea", "cleo", "dan", "eva"} {
		e, err := c.Enroll(ctx, who, s.photo(who+"-1.jpg"))
		require.NoError(t, err)
		ids = append(ids, e.Person.ID)
	}
	code, header, page := s.ask("GET", "/v1/people?limit=2", "", nil)
	require.Equal(t, 200, code)
	require.Len(t, page["people"], 2)
	require.Equal(t, ids[1], page["next"])
	require.Contains(t, header.Get("Link"), `rel="next"`)
	code, _, page = s.ask("GET", "/v1/people?limit=3&after="+ids[1], "", nil)
	require.Equal(t, 200, code)
	require.Len(t, page["people"], 3)
	require.Nil(t, page["next"])

	_, header, _ = s.ask("GET", "/v1/people/"+ids[0], "", nil)
	tag := header.Get("ETag")
	require.NotEmpty(t, tag)
	code, _, page = s.ask("GET", "/v1/people/"+ids[0], "", nil, "If-None-Match", tag)
	require.Equal(t, 304, code)
	require.Empty(t, page)
	name := js(t, map[string]any{"name": "Anna", "metadata": map[string]string{"room": "12"}})
	code, changed, _ := s.ask("PUT", "/v1/people/"+ids[0], "application/json", name, "If-Match", tag)
	require.Equal(t, 200, code)
	require.NotEqual(t, tag, changed.Get("ETag"))
	code, _, problem := s.ask("PUT", "/v1/people/"+ids[0], "application/json", name, "If-Match", tag)
	require.Equal(t, 412, code)
	require.Equal(t, "urn:pifr:changed", problem["type"])
	code, _, _ = s.ask("DELETE", "/v1/people/"+ids[0], "", nil, "If-Match", tag)
	require.Equal(t, 412, code)
	code, _, _ = s.ask("DELETE", "/v1/people/"+ids[0], "", nil, "If-Match", changed.Get("ETag"))
	require.Equal(t, 204, code)
}

// grouped waits for the job of the photos, and returns the groups.
func (s *serving) grouped() map[string]any {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		_, _, out := s.ask("GET", "/v1/jobs", "", nil)
		return out["jobs"].([]any)[0].(map[string]any)["state"] == "done"
	}, time.Minute, 20*time.Millisecond)
	_, _, out := s.ask("GET", "/v1/groups", "", nil)
	return out
}

// facesOf are the IDs of a group's faces.
func facesOf(group any) (ids []string) {
	for _, f := range group.(map[string]any)["faces"].([]any) {
		ids = append(ids, f.(map[string]any)["id"].(string))
	}
	return ids
}

// TestGroups splits and merges groups, names one, and looks at a face; what was said is
// there after a restart.
func TestGroups(t *testing.T) {
	s := start(t)
	out := s.grouped()
	require.Len(t, out["groups"], 6, "one group to each person")
	first := out["groups"].([]any)[0]
	ids := facesOf(first)
	code, _, out := s.ask("POST", "/v1/groups/split", "application/json", js(t, map[string]any{"faces": ids[:2]}))
	require.Equal(t, 200, code)
	require.Len(t, out["groups"], 7)
	code, _, out = s.ask("POST", "/v1/groups/same", "application/json", js(t, map[string]any{"faces": ids}))
	require.Equal(t, 409, code, "it was said that they are not: %v", out)
	require.Equal(t, "urn:pifr:contradiction", out["type"])
	code, _, _ = s.ask("POST", "/v1/groups/forget", "application/json", js(t, map[string]any{"faces": ids}))
	require.Equal(t, 200, code)
	code, _, out = s.ask("POST", "/v1/groups/same", "application/json", js(t, map[string]any{"faces": ids}))
	require.Equal(t, 200, code)
	require.Len(t, out["groups"], 6)

	number := out["groups"].([]any)[0].(map[string]any)["id"].(float64)
	code, _, out = s.ask("POST", "/v1/groups/"+strconv.Itoa(int(number))+"/enroll", "application/json", js(t, map[string]any{"name": "Somebody"}))
	require.Equal(t, 201, code)
	require.Len(t, out["faces"], 5)
	code, header, _ := s.ask("GET", "/v1/groups/faces/"+ids[0]+"/picture", "", nil)
	require.Equal(t, 200, code)
	require.Equal(t, "image/jpeg", header.Get("Content-Type"))
	code, _, _ = s.ask("POST", "/v1/groups/remove", "application/json", js(t, map[string]any{"faces": ids[:1]}))
	require.Equal(t, 200, code)
	code, _, _ = s.ask("GET", "/v1/groups/faces/"+ids[0]+"/picture", "", nil)
	require.Equal(t, 404, code)

	_, _, list := s.ask("GET", "/v1/jobs", "", nil)
	job := list["jobs"].([]any)[0].(map[string]any)["id"].(string)
	code, _, out = s.ask("GET", "/v1/jobs/"+job+"/records?limit=20&from=15", "", nil)
	require.Equal(t, 200, code)
	require.Len(t, out["records"], 15)
	require.EqualValues(t, 30, out["next"])
	code, _, _ = s.ask("DELETE", "/v1/jobs/"+job, "", nil)
	require.Equal(t, 204, code)
	code, _, _ = s.ask("GET", "/v1/jobs/"+job, "", nil)
	require.Equal(t, 404, code)
}

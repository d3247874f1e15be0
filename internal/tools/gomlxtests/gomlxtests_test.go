package main

import (
	"strings"
	"testing"
	"time"

	"github.com/pifr-go/pifr/internal/testlog"
	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	id := testID{"core/graph", "TestA"}
	base := outcome{"go", map[testID]result{id: {statuses: testlog.Results{
		"TestA": testlog.Passed, "TestA/x": testlog.Passed, "TestA/y": testlog.Failed, "TestA/z": testlog.Skipped,
	}, took: time.Minute}}}
	same := outcome{"gonum", map[testID]result{id: {statuses: testlog.Results{
		"TestA": testlog.Passed, "TestA/x": testlog.Passed, "TestA/y": testlog.Passed, "TestA/z": testlog.Skipped,
	}}}}
	worse := outcome{"gonum", map[testID]result{id: {statuses: testlog.Results{
		"TestA": testlog.Passed, "TestA/x": testlog.Skipped, "TestA/y": testlog.Unfinished,
	}}}}
	explained := []exception{{"gonum", "core/graph TestA/x", "because"}}
	elsewhere := []exception{{"gonum", "ml/model TestB", "of a package that was not run"}, {"xla:cpu", "core/graph TestA/x", "other engine"}}
	s := settings{engine: "gonum", baseline: "go"}
	for _, c := range []struct {
		name  string
		other outcome
		known []exception
		ok    bool
		says  []string
	}{
		{"as good", same, nil, true, []string{"pass on gonum only (1)", "core/graph TestA/y", "60.0s on go", "ok: every test"}},
		{"lost by a skip", worse, elsewhere, false, []string{"LOST: core/graph TestA/x passes on go, on gonum: skip"}},
		{"explained", worse, explained, true, []string{"explained: core/graph TestA/x (skip): because"}},
		{"stale exception", same, explained, false, []string{"STALE"}},
		{"nothing ran", outcome{"gonum", nil}, nil, false, []string{"LOST: core/graph TestA passes on go, on gonum: not run"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			require.Equal(t, c.ok, compare(base, c.other).print(&out, s, c.known), out.String())
			for _, text := range c.says {
				require.Contains(t, out.String(), text)
			}
		})
	}
}

func TestParseExceptions(t *testing.T) {
	list, err := parseExceptions("# comment\n\ngonum ml/model TestX/<engine>/a: reason: with a colon\n")
	require.NoError(t, err)
	require.Equal(t, []exception{{"gonum", "ml/model TestX/<engine>/a", "reason: with a colon"}}, list)
	for _, bad := range []string{"gonum ml/model TestX", "gonum TestX: reason", "gonum ml/model TestX: "} {
		_, err := parseExceptions(bad)
		require.ErrorContains(t, err, "exceptions.txt:1", bad)
	}
	_, err = parseExceptions(exceptionsText)
	require.NoError(t, err, "the committed file")
}

package run

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// differs says what tells two runs apart, and what it is in both; "" if nothing does.
func (a About) differs(b About) string {
	var x, y any
	if json.Unmarshal(a.Recipe, &x) != nil || json.Unmarshal(b.Recipe, &y) != nil {
		return "its recipe cannot be read"
	}
	if what := difference("", x, y); what != "" {
		return "its recipe has another " + what
	}
	if a.Seed != b.Seed {
		return fmt.Sprintf("its seed is %d, now %d", a.Seed, b.Seed)
	}
	for _, name := range keys(a.Data, b.Data) {
		if was, is := a.Data[name], b.Data[name]; was != is {
			return fmt.Sprintf("its data (%s) is another: SHA-256 %s, now %s", name, brief(was), brief(is))
		}
	}
	return ""
}

// difference returns the first value in which two documents differ, as "a.b: 1, now 2".
func difference(path string, x, y any) string {
	was, ok := x.(map[string]any)
	is, ok2 := y.(map[string]any)
	if !ok || !ok2 {
		if reflect.DeepEqual(x, y) {
			return ""
		}
		return fmt.Sprintf("%s: %s, now %s", path, text(x), text(y))
	}
	for _, name := range keys(was, is) {
		below := name
		if path != "" {
			below = path + "." + name
		}
		if d := difference(below, was[name], is[name]); d != "" {
			return d
		}
	}
	return ""
}

// keys are those of both maps, sorted.
func keys[V any](a, b map[string]V) []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(all)
	return slices.Compact(all)
}

// text is a value as it stands in the document.
func text(v any) string {
	if v == nil {
		return "none"
	}
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(out)
}

// brief is the beginning of a hash.
func brief(sum string) string {
	if sum == "" {
		return "none"
	}
	return sum[:min(12, len(sum))]
}

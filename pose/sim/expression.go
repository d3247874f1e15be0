package sim

import "math"

// unit is one of MakeHuman's units of expression with its weight.
type unit struct {
	name string
	w    float64
}

// pair returns a unit of both sides of the face.
func pair(name, what string, right, left float64) []unit {
	return []unit{{name + "-left-" + what, left}, {name + "-right-" + what, right}}
}

// units returns what moves.
func (e Expression) units() []unit {
	right := min(1, 1+e.OneSided)
	left := min(1, 1-e.OneSided)
	pos := func(x float64) float64 { return min(max(x, 0), 1) }
	out := []unit{
		{"mouth-corner-puller", pos(e.Smile) * (left + right) / 2},
		{"mouth-depression", 0.8 * pos(-e.Smile)},
		{"mouth-upward-retraction", 0.9 * pos(e.Smile-0.4)}, // a broad smile shows teeth
		{"mouth-open", 0.75 * pos(e.Open)},
		{"mouth-protusion", 0.8 * pos(e.Pucker)},
		{"mouth-compression", 0.8 * pos(-e.Pucker)},
		{"nose-depression", 0.5 * pos(e.Sneer)},
	}
	out = append(out, pair("eyebrows", "up", pos(e.Brows)*right, pos(e.Brows)*left)...)
	out = append(out, pair("eyebrows", "down", pos(-e.Brows)*right, pos(-e.Brows)*left)...)
	out = append(out, pair("eye", "slit", 0.7*pos(e.Squint)*right, 0.7*pos(e.Squint)*left)...)
	out = append(out, pair("eye", "opened-up", 0.7*pos(-e.Squint)*right, 0.7*pos(-e.Squint)*left)...)
	out = append(out, pair("eye", "closure", pos(e.Blink), pos(e.Blink))...)
	return append(out, pair("nose", "elevation", pos(e.Sneer)*right, pos(e.Sneer)*left)...)
}

// apply moves the vertices of a person.
func (e Expression) apply(m *mesh, v []vec) {
	for _, u := range e.units() {
		if u.w != 0 {
			m.targets["unit/"+u.name].apply(v, float32(u.w))
		}
	}
}

// gaze returns where the eyes look, as a direction of the head.
func (e Expression) gaze() vec {
	return vec{
		float32(-math.Sin(e.GazeLeft) * math.Cos(e.GazeUp)),
		float32(math.Sin(e.GazeUp)),
		float32(math.Cos(e.GazeLeft) * math.Cos(e.GazeUp)),
	}
}

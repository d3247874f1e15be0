package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/pifr-go/pifr/pose"
)

// poseLine is a photo's face, and what is said of it: a line of the files of -boxes-out,
// where PnP alone has looked at it, and of -against, where other networks have, too. Boxes
// are in pixels of the photo turned upright, angles in degrees of package pose's frame.
type poseLine struct {
	photo  string // its path below the set's folder
	box    pose.Rect
	angles []pose.Angles // PnP's first
}

// posesTold is what a file of -against has.
type posesTold struct {
	networks []string            // pnp first
	lines    map[string]poseLine // by photo
}

var (
	boxColumns   = []string{"photo", "left", "top", "right", "bottom"}
	pnpColumns   = []string{"pnp_yaw", "pnp_pitch", "pnp_roll"}
	angleColumns = []string{"yaw", "pitch", "roll"}
)

func writeBoxLines(path string, lines []poseLine) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	all := [][]string{slices.Concat(boxColumns, pnpColumns)}
	for _, l := range lines {
		yaw, pitch, roll := l.angles[0].Deg()
		line := []string{l.photo}
		for _, v := range []float64{l.box.MinX, l.box.MinY, l.box.MaxX, l.box.MaxY, yaw, pitch, roll} {
			line = append(line, strconv.FormatFloat(v, 'f', 2, 64))
		}
		all = append(all, line)
	}
	if err := w.WriteAll(all); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}

// readPoses reads a file whose columns are those of boxes and, for each network, its name
// with _yaw, _pitch and _roll.
func readPoses(path string) (*posesTold, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	told, err := poseHeader(all)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for n, fields := range all[1:] {
		line, err := parsePoseLine(fields)
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, n+2, err)
		}
		told.lines[line.photo] = line
	}
	return told, nil
}

func poseHeader(all [][]string) (*posesTold, error) {
	first := slices.Concat(boxColumns, pnpColumns)
	bad := fmt.Errorf("want columns %s, and NAME_yaw,NAME_pitch,NAME_roll for each network", strings.Join(first, ","))
	if len(all) == 0 || len(all[0]) <= len(first) || !slices.Equal(all[0][:len(first)], first) {
		return nil, bad
	}
	told := &posesTold{lines: map[string]poseLine{}}
	for columns := range slices.Chunk(all[0][len(boxColumns):], len(angleColumns)) {
		name := strings.TrimSuffix(columns[0], "_"+angleColumns[0])
		for i, c := range columns {
			if len(columns) != len(angleColumns) || c != name+"_"+angleColumns[i] {
				return nil, bad
			}
		}
		told.networks = append(told.networks, name)
	}
	return told, nil
}

func parsePoseLine(fields []string) (poseLine, error) {
	values := make([]float64, len(fields)-1)
	for i, text := range fields[1:] {
		var err error
		if values[i], err = strconv.ParseFloat(text, 64); err != nil {
			return poseLine{}, err
		}
	}
	line := poseLine{photo: fields[0], box: pose.Rect{MinX: values[0], MinY: values[1], MaxX: values[2], MaxY: values[3]}}
	for a := range slices.Chunk(values[4:], 3) {
		line.angles = append(line.angles, pose.FromDeg(a[0], a[1], a[2]))
	}
	return line, nil
}

package parquet

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pifr-go/pifr/fspfm"
	"github.com/pifr-go/pifr/fspfm/photos"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// Row is a record as a row of the table. Lists are empty where a record has none.
type Row struct {
	File      string `parquet:"file,dict"`           // bytes that are no UTF-8 replaced by U+FFFD
	FileBytes []byte `parquet:"file_bytes,optional"` // the name itself, where that was needed
	Face      int32  `parquet:"face"`
	Faces     int32  `parquet:"faces"`

	Failed string `parquet:"failed,optional,dict"`
	Error  string `parquet:"error,optional"`

	BoxX      float64   `parquet:"box_x"`
	BoxY      float64   `parquet:"box_y"`
	BoxWidth  float64   `parquet:"box_width"`
	BoxHeight float64   `parquet:"box_height"`
	Score     float64   `parquet:"score"`
	Landmarks []float64 `parquet:"landmarks,list"` // x and y of five points
	YawDeg    float64   `parquet:"yaw_deg"`
	PitchDeg  float64   `parquet:"pitch_deg"`
	RollDeg   float64   `parquet:"roll_deg"`
	Turned    int32     `parquet:"turned"`
	Doubt     string    `parquet:"doubt,optional,dict"`
	Quality   float64   `parquet:"quality"`
	Flaws     []string  `parquet:"flaws,list"`
	Scale     int32     `parquet:"scale"`
	Damage    string    `parquet:"damage,optional,dict"`

	Feature     []float32 `parquet:"feature,list"`
	Frontalized []float32 `parquet:"frontalized,list"`

	Fingerprint string `parquet:"fingerprint,dict"`
	Made        string `parquet:"made,dict"` // the whole fspfm.Maker as JSON
}

// RowOf returns the row of a record.
func RowOf(r records.Record) (Row, error) {
	made, err := json.Marshal(r.Made)
	if err != nil {
		return Row{}, fmt.Errorf("parquet: %s: %w", r.File, err)
	}
	row := Row{
		File: string(r.File), Face: int32(r.Face), Faces: int32(r.Faces), Failed: string(r.Failed), Error: text(r.Error),
		BoxX: r.Box[0], BoxY: r.Box[1], BoxWidth: r.Box[2], BoxHeight: r.Box[3], Score: r.Score,
		YawDeg: r.Pose.Yaw, PitchDeg: r.Pose.Pitch, RollDeg: r.Pose.Roll, Turned: int32(r.Turned), Doubt: string(r.Doubt),
		Quality: r.Quality, Flaws: r.Flaws, Scale: int32(r.Scale), Damage: text(r.Damage), Feature: r.Feature, Frontalized: r.Frontalized,
		Fingerprint: r.Made.Fingerprint, Made: string(made),
	}
	if !utf8.ValidString(row.File) {
		row.File, row.FileBytes = text(row.File), []byte(r.File)
	}
	if r.Landmarks != ([5][2]float64{}) {
		for _, p := range r.Landmarks {
			row.Landmarks = append(row.Landmarks, p[0], p[1])
		}
	}
	return row, nil
}

func text(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// Record returns the record of a row.
func (w Row) Record() (records.Record, error) {
	r := records.Record{
		File: photos.Name(w.File), Face: int(w.Face), Faces: int(w.Faces), Failed: photos.Reason(w.Failed), Error: w.Error,
		Box: [4]float64{w.BoxX, w.BoxY, w.BoxWidth, w.BoxHeight}, Score: w.Score, Pose: records.Pose{Yaw: w.YawDeg, Pitch: w.PitchDeg, Roll: w.RollDeg},
		Turned: int(w.Turned), Doubt: fspfm.Doubt(w.Doubt), Quality: w.Quality, Scale: int(w.Scale), Damage: w.Damage,
	}
	if len(w.FileBytes) > 0 {
		r.File = photos.Name(w.FileBytes)
	}
	if len(w.Flaws) > 0 {
		r.Flaws = w.Flaws
	}
	if len(w.Feature) > 0 {
		r.Feature = w.Feature
	}
	if len(w.Frontalized) > 0 {
		r.Frontalized = w.Frontalized
	}
	switch len(w.Landmarks) {
	case 0:
	case 2 * len(r.Landmarks):
		for i := range r.Landmarks {
			r.Landmarks[i] = [2]float64(w.Landmarks[2*i:])
		}
	default:
		return r, fmt.Errorf("parquet: %s: landmarks of %d numbers", r.File, len(w.Landmarks))
	}
	if err := json.Unmarshal([]byte(w.Made), &r.Made); err != nil {
		return r, fmt.Errorf("parquet: %s: made: %w", r.File, err)
	}
	return r, nil
}

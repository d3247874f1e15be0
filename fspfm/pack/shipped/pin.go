//go:build ignore

// Pin takes trained weights into this folder, and writes their lengths and hashes into
// the manifests of the packs.
//
//	go run ./fspfm/pack/shipped/pin.go [-hopenet F] [-landmark F] [-reader F]
//		[-mini F] [-mini-threshold C] [-sface-head F] [-tiny-head F] [-usage U] [-rerecord]
//		[-sface-decision D] [-sface-real E]
//
// Run it in the module's root. Without flags it pins what is there. Each flag names a
// file as examples/train writes it; kernels and matrices of pose networks, landmark
// networks and recognizers are kept as float16, since the files are part of every
// program. -mini-threshold is the pack's cosine for the recognizer's own features. -usage
// gives heads of the same call their gate and thresholds: a JSON file
//
//	{"gate": {"from_deg": 10, "to_deg": 30}, "thresholds": [
//	  {"yaw_from_deg": 0, "yaw_to_deg": 40, "cosine": 0.4, "fmr": 0.001}, ...]}
//
// -sface-decision puts crops and thresholds into the manifest of pack sface, as evaluate
// -write-decision writes them. -sface-real tells its head what it did to real photos, as
// evaluate -write-evidence writes it.
//
// A head is bound to the pose network, and to the recognizer, that it was trained with:
// their hashes are recorded when the head is taken in, and a head stays bound to them.
// -rerecord binds the heads that are there to the networks that are there now: for heads
// that change nothing, or whose features were made by the very weights now shipped.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"

	"github.com/pifr-go/pifr/backbone/weights"
	"github.com/pifr-go/pifr/fspfm/decision"
	"github.com/pifr-go/pifr/fspfm/head"
	"github.com/pifr-go/pifr/fspfm/pack"
)

const (
	hopenetFile   = "hopenet-light.safetensors"
	landmarkFile  = "landmark-light.safetensors"
	readerFile    = "landmark-reader.safetensors"
	miniFile      = "tiny-mini.safetensors"
	sfaceHeadFile = "sface-fspfm.safetensors"
	tinyHeadFile  = "tiny-fspfm.safetensors"
)

var (
	folder        = flag.String("dir", filepath.Join("fspfm", "pack"), "folder of package pack")
	hopenet       = flag.String("hopenet", "", "weights of the light pose network")
	landmark      = flag.String("landmark", "", "weights of the light landmark network")
	reader        = flag.String("reader", "", "weights of the network that reads turned faces")
	mini          = flag.String("mini", "", "weights of the recognizer of the pack tiny")
	sfaceHead     = flag.String("sface-head", "", "head for SFace")
	tinyHead      = flag.String("tiny-head", "", "head for the recognizer of the pack tiny")
	threshold     = flag.Float64("mini-threshold", math.NaN(), "cosine of the pack tiny")
	usageFile     = flag.String("usage", "", "JSON with gate and thresholds of the heads given")
	sfaceDecision = flag.String("sface-decision", "", "crops and thresholds of the pack sface, as evaluate -write-decision writes them")
	sfaceReal     = flag.String("sface-real", "", "what the head for SFace did to real photos, as evaluate -write-evidence writes it")
	rerecord      = flag.Bool("rerecord", false, "bind the heads that are there to the networks that are there")
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("pin: ")
	flag.Parse()
	if _, err := os.Stat("pin.go"); err == nil { // run in this folder, by go generate
		*folder = ".."
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	for name, from := range map[string]string{hopenetFile: *hopenet, landmarkFile: *landmark, readerFile: *reader, miniFile: *mini} {
		if from != "" {
			if err := takeNetwork(from, shipped(name)); err != nil {
				return fmt.Errorf("%s: %w", from, err)
			}
		}
	}
	sfaceSums, err := recognizerSums("sface")
	if err != nil {
		return err
	}
	miniSum, err := sum(shipped(miniFile))
	if err != nil {
		return err
	}
	for _, h := range []struct {
		name, from string
		extractors []string
	}{{sfaceHeadFile, *sfaceHead, sfaceSums}, {tinyHeadFile, *tinyHead, []string{miniSum}}} {
		from := h.from
		real := ""
		if h.name == sfaceHeadFile {
			real = *sfaceReal
		}
		if from == "" {
			if !*rerecord && real == "" {
				continue
			}
			from = shipped(h.name)
		}
		if err := takeHead(from, shipped(h.name), real, h.extractors, h.from != ""); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
	}
	if err := pinAll(); err != nil {
		return err
	}
	return checkBonds()
}

// recognizerSums returns the hashes of the files of a pack's recognizers.
func recognizerSums(name string) ([]string, error) {
	m, err := pack.Lookup(name)
	if err != nil {
		return nil, err
	}
	var sums []string
	for _, model := range m.Models {
		for _, f := range m.Files {
			if model.Role == pack.Recognizer && slices.Contains(model.Files, f.Name) {
				sums = append(sums, f.SHA256)
			}
		}
	}
	return sums, nil
}

// checkBonds says which heads no longer fit the networks that are there.
func checkBonds() error {
	pose, err := sum(shipped(hopenetFile))
	if err != nil {
		return err
	}
	extractor, err := sum(shipped(miniFile))
	if err != nil {
		return err
	}
	for _, name := range []string{sfaceHeadFile, tinyHeadFile} {
		m, about, err := readHead(shipped(name))
		if err != nil {
			return err
		}
		switch {
		case m.PoseInput() == head.PoseFeature && about["pose_sha256"] != pose:
			return fmt.Errorf("%s was trained with another pose network than is here now: its pack cannot be opened until there is a new one (or -rerecord)", name)
		case name == tinyHeadFile && about["extractor_sha256"] != extractor:
			return fmt.Errorf("%s was trained behind another recognizer than is here now: its pack cannot be opened until there is a new one (or -rerecord)", name)
		}
	}
	return nil
}

func shipped(name string) string { return filepath.Join(*folder, "shipped", name) }

func sum(path string) (string, error) {
	data, err := os.ReadFile(path)
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:]), err
}

// takeNetwork rounds what has more than one axis to float16, unless it would overflow.
func takeNetwork(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	list, about, err := weights.DecodeSafetensors(data)
	if err != nil {
		return err
	}
	for i, t := range list {
		values, err := t.Float64s()
		if err != nil {
			return err
		}
		half := len(t.Shape) > 1
		for _, v := range values {
			half = half && math.Abs(v) < 60000
		}
		if !half {
			if list[i], err = weights.Floats(t.Name, dtypes.Float32, values, t.Shape...); err != nil {
				return err
			}
			continue
		}
		t.DType, t.Data = dtypes.Float16, make([]byte, 0, 2*len(values))
		for _, v := range values {
			t.Data = binary.LittleEndian.AppendUint16(t.Data, float16.FromFloat32(float32(v)).Bits())
		}
		list[i] = t
	}
	return weights.Write(to, list, about)
}

// takeHead writes a head in the form of Module.Save, bound to what it was trained with.
func takeHead(from, to, real string, extractors []string, given bool) error {
	m, about, err := readHead(from)
	if err != nil {
		return err
	}
	usage, err := head.ParseUsage(about)
	if err != nil {
		return err
	}
	usage.ExtractorSHA256, usage.PoseSHA256 = extractors, ""
	if m.PoseInput() == head.PoseFeature {
		if usage.PoseSHA256, err = sum(shipped(hopenetFile)); err != nil {
			return err
		}
	}
	if given && *usageFile != "" {
		asked, err := readUsage(*usageFile)
		if err != nil {
			return fmt.Errorf("%s: %w", *usageFile, err)
		}
		usage.Gating, usage.Thresholds = asked.Gating, asked.Thresholds
	}
	if given {
		usage.Real = nil // it is another head
	}
	if real != "" {
		data, err := os.ReadFile(real)
		if err != nil {
			return err
		}
		evidence, err := decision.ParseEvidence(data)
		if err != nil {
			return fmt.Errorf("%s: %w", real, err)
		}
		usage.Real = &evidence
	}
	fields, err := usage.About()
	if err != nil {
		return err
	}
	for _, key := range []string{"pose_sha256", "extractor_sha256", "gate", "thresholds", "real_photos", "format", "config"} {
		delete(about, key)
	}
	for key, value := range fields {
		about[key] = value
	}
	var file bytes.Buffer
	if err := m.Save(&file, about); err != nil {
		return err
	}
	return os.WriteFile(to, file.Bytes(), 0o644)
}

// readUsage reads a gate and thresholds, as recipe ship writes them.
func readUsage(path string) (head.Usage, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return head.Usage{}, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return head.Usage{}, err
	}
	text := map[string]string{}
	for key, value := range fields {
		if key != "gate" && key != "thresholds" {
			return head.Usage{}, fmt.Errorf("unknown field %q", key)
		}
		text[key] = string(value)
	}
	return head.ParseUsage(text)
}

// readHead reads what Module.Save has written.
func readHead(path string) (*head.Module, map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	return head.Read(data)
}

// pinAll rewrites lengths and hashes where the manifests name a file of this folder.
func pinAll() error {
	manifests, err := filepath.Glob(filepath.Join(*folder, "manifests", "*.json"))
	if err != nil {
		return err
	}
	for _, path := range manifests {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed := text
		for _, name := range []string{hopenetFile, landmarkFile, readerFile, miniFile, sfaceHeadFile, tinyHeadFile} {
			data, err := os.ReadFile(shipped(name))
			if err != nil {
				return err
			}
			s := sha256.Sum256(data)
			block := regexp.MustCompile(`("name": "` + regexp.QuoteMeta(name) + `",\s*"bytes": )\d+(,\s*"sha256": ")[0-9a-f]*"`)
			changed = block.ReplaceAll(changed, []byte(fmt.Sprintf("${1}%d${2}%x\"", len(data), s)))
		}
		if filepath.Base(path) == "tiny.json" && !math.IsNaN(*threshold) {
			changed = regexp.MustCompile(`("threshold": )[-0-9.e]+`).ReplaceAll(changed, []byte("${1}"+strconv.FormatFloat(*threshold, 'g', -1, 64)))
		}
		if filepath.Base(path) == "sface.json" && *sfaceDecision != "" {
			if changed, err = withDecision(changed, *sfaceDecision); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		if _, err := pack.ParseManifest(changed); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if !bytes.Equal(text, changed) {
			if err := os.WriteFile(path, changed, 0o644); err != nil {
				return err
			}
			fmt.Println("pinned in", path)
		}
	}
	return nil
}

// withDecision puts a decision into the recognizer of a manifest, in place of the one
// that is there or behind the threshold.
func withDecision(manifest []byte, from string) ([]byte, error) {
	data, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	d, err := decision.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	const indent = "      "
	text, err := json.MarshalIndent(d, indent, "  ")
	if err != nil {
		return nil, err
	}
	key := []byte(indent + "\"decision\": ")
	if at := bytes.Index(manifest, key); at >= 0 {
		from := at + len(key)
		old := json.NewDecoder(bytes.NewReader(manifest[from:]))
		var skip json.RawMessage
		if err := old.Decode(&skip); err != nil {
			return nil, err
		}
		return slices.Concat(manifest[:from], text, manifest[from+int(old.InputOffset()):]), nil
	}
	behind := regexp.MustCompile(`\n` + indent + `"threshold": [^\n]*,\n`).FindIndex(manifest)
	if behind == nil {
		return nil, errors.New("no threshold to put the decision behind")
	}
	return slices.Concat(manifest[:behind[1]], key, text, []byte(",\n"), manifest[behind[1]:]), nil
}

package pack

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm/decision"
)

// Default is the name of the pack to use unless there is a reason for another.
const Default = "sface"

//go:embed manifests/*.json
var manifests embed.FS

// Names returns the names of the packs that Fetch knows, the default first.
func Names() []string { return []string{Default, "auraface", "faceplugin", "tiny", demoPhotos} }

// Lookup returns the manifest of a pack by its name. The error wraps ErrUnknown and lists
// the names.
func Lookup(name string) (Manifest, error) {
	if !slices.Contains(Names(), name) {
		return Manifest{}, fmt.Errorf("pack: %w %q; there are %s, and FromDir for a folder of one's own", ErrUnknown, name, strings.Join(Names(), ", "))
	}
	data, err := manifests.ReadFile("manifests/" + name + ".json")
	if err != nil {
		return Manifest{}, fmt.Errorf("pack: %w", err)
	}
	return ParseManifest(data)
}

// DecisionFor returns the decision that a built-in pack has for a recognizer, by the
// SHA-256 of the recognizer's file, wherever that lies; nil if there is none.
func DecisionFor(sha256 string) *decision.Decision {
	for _, name := range Names() {
		m, err := Lookup(name)
		if err != nil {
			continue // a test reads all of them
		}
		for _, model := range m.Models {
			if model.Role != Recognizer || model.Decision == nil {
				continue
			}
			for _, file := range model.Files {
				if f, ok := m.file(file); ok && f.SHA256 == sha256 {
					return model.Decision
				}
			}
		}
	}
	return nil
}

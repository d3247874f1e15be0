package posesimv

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pifr-go/pifr/fspfm/dataset"
)

// Open opens a folder that Write wrote. It fails with ErrDamaged unless the labels and
// the configuration have the hashes that were written, and the labels are those of the
// benchmark. Pictures are read when they are asked for; "sha256sum -c SHA256SUMS" checks
// them.
func Open(dir string) (*Set, error) {
	sums, err := os.ReadFile(filepath.Join(dir, sumsName))
	if err != nil {
		return nil, fmt.Errorf("posesimv: open: %w", err)
	}
	for _, name := range []string{configName, dataset.ManifestName} {
		sum, err := fileSum(dir, name)
		if err != nil {
			return nil, err
		}
		if !strings.Contains(string(sums), sum+"  "+name+"\n") {
			return nil, fmt.Errorf("%w: %s in %s has another hash than %s says", ErrDamaged, name, dir, sumsName)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, configName))
	if err != nil {
		return nil, fmt.Errorf("posesimv: open: %w", err)
	}
	var c Config
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, configName, err)
	}
	if c, err = c.withDefaults(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	files, err := openPictures(dir, c)
	if err != nil {
		return nil, err
	}
	return &Set{config: c, people: c.newPeople(), source: files, sum: hexSum(sums)}, nil
}

// openPictures opens the folder's pictures, which have to be those of the benchmark, in
// their order.
func openPictures(dir string, c Config) (dataset.Source, error) {
	files, err := dataset.OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	if n := c.persons() * c.perPerson(); files.Len() != n || files.Identities() != c.persons() {
		return nil, fmt.Errorf("%w: %d pictures of %d people in %s, want %d of %d", ErrDamaged, files.Len(), files.Identities(), dir, n,
			c.persons())
	}
	for i := range files.Len() {
		want, got := c.label(i), files.Label(i)
		if got.Key != want.Key+".jpg" || got.Identity != want.Identity || files.IdentityName(got.Identity) != c.name(want.Identity) {
			return nil, fmt.Errorf("%w: picture %d in %s is %s, want %s", ErrDamaged, i, dir, got.Key, want.Key)
		}
	}
	return files, nil
}

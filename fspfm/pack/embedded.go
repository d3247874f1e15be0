package pack

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pifr-go/pifr/internal/atomicfile"
	"github.com/pifr-go/pifr/internal/fetch"
)

// shippedFiles are the weights that this project has trained itself. After exchanging
// one, "go run pin.go" in the folder shipped writes its length and hash into the
// manifests.
//
//go:generate go -C shipped run pin.go
//go:embed shipped/*.safetensors
var shippedFiles embed.FS

// embedded returns the name of the embedded file that is a source of f, or nothing.
func (f File) embedded() string {
	for _, s := range f.Sources {
		if s.Embedded != "" {
			return s.Embedded
		}
	}
	return ""
}

// shipped returns the bytes of a file that is compiled in.
func (f File) shipped() ([]byte, error) { return fs.ReadFile(shippedFiles, "shipped/"+f.embedded()) }

// checkShipped holds a compiled-in file against its pin, which is wrong only where a
// manifest of the user's own is.
func (f File) checkShipped() error {
	data, err := f.shipped()
	if err == nil && f.SHA256 != "" {
		err = fetch.CheckBytes(data, f.Bytes, f.SHA256)
	}
	if err != nil {
		return fmt.Errorf("%s, as compiled in: %w", f.Name, err)
	}
	return nil
}

func checkEmbedded(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if _, err := fs.Stat(shippedFiles, "shipped/"+name); err != nil {
		return fmt.Errorf("no embedded file %s", name)
	}
	return nil
}

// copyOf returns the path in the cache of a file that the program has, after writing it
// there if need be: in one rename, so that several processes may do it at once.
func (p *Pack) copyOf(name string, data []byte) (path string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("pack: %s: copy %s to the cache: %w", p.Name(), name, err)
		}
	}()
	cache := p.cache
	if cache == "" {
		if cache, err = userCache(); err != nil {
			return "", err
		}
	}
	hash := sha256.Sum256(data)
	sum := hex.EncodeToString(hash[:])
	path = filepath.Join(cache, sum[:16], name)
	if fetch.Check(path, int64(len(data)), sum) == nil {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, atomicfile.WriteBytes(path, data)
}

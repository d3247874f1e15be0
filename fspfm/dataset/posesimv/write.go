package posesimv

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pifr-go/pifr/fspfm/dataset"
	"github.com/pifr-go/pifr/fspfm/dataset/verification"
)

// Names of files; see the package comment.
const (
	configName = "posesim-v.json"
	sumsName   = "SHA256SUMS"
)

// ErrDamaged is returned for a folder that is not what Write left.
var ErrDamaged = errors.New("posesimv: not the benchmark as it was written")

// Write writes the benchmark to a folder, or goes on where an earlier run was cut short,
// and returns the hash that names it. progress may be nil; it is called as
// dataset.CopyOptions says.
func Write(ctx context.Context, dir string, s *Set, progress func(done, all int)) (sum string, err error) {
	first, err := s.At(ctx, 0)
	if err != nil {
		return "", err
	}
	config, err := json.Marshal(s.config)
	if err != nil {
		return "", fmt.Errorf("posesimv: %w", err)
	}
	w, err := dataset.CreateFolder(dir, fmt.Sprintf("posesimv: %s, first picture %.8x", config, sha256.Sum256(first.Pix)))
	switch {
	case errors.Is(err, dataset.ErrFinished): // the pictures are; the rest is written again
	case err != nil:
		return "", err
	default:
		if err := dataset.Copy(ctx, w, s, dataset.CopyOptions{Progress: progress}); err != nil {
			return "", err
		}
	}
	files, err := openPictures(dir, s.config)
	if err != nil {
		return "", err
	}
	sums := map[string]string{}
	for _, b := range Buckets() {
		if err := writeBucket(ctx, dir, b, s.Pairs(b), files, sums); err != nil {
			return "", err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, configName), append(config, '\n'), 0o644); err != nil {
		return "", fmt.Errorf("posesimv: write: %w", err)
	}
	for _, name := range []string{configName, dataset.ManifestName} {
		if sums[name], err = fileSum(dir, name); err != nil {
			return "", err
		}
	}
	return writeSums(dir, sums)
}

// writeBucket writes the pairs of a bucket, with their pictures and as paths.
func writeBucket(ctx context.Context, dir string, b Bucket, pairs []Pair, files dataset.Source, sums map[string]string) error {
	var list bytes.Buffer
	set := &verification.Set{}
	for _, p := range pairs {
		for _, i := range []int{p.Frontal, p.Other} {
			sample, err := files.At(ctx, i)
			if err != nil {
				return err
			}
			set.Pictures = append(set.Pictures, sample.Encoded)
		}
		set.Same = append(set.Same, p.Same)
		same := 0
		if p.Same {
			same = 1
		}
		fmt.Fprintf(&list, "%d\t%d\t%s\t%s\n", p.Fold, same, files.Label(p.Frontal).Key, files.Label(p.Other).Key)
	}
	bin, tsv := string(b)+".bin", string(b)+".pairs.tsv"
	if err := set.WriteFile(filepath.Join(dir, bin), verification.DefaultProtocol); err != nil {
		return err
	}
	err := os.WriteFile(filepath.Join(dir, tsv), list.Bytes(), 0o644)
	for _, name := range []string{bin, tsv} {
		if err == nil {
			sums[name], err = fileSum(dir, name)
		}
	}
	if err != nil {
		return fmt.Errorf("posesimv: write: %w", err)
	}
	return nil
}

func fileSum(dir, name string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return "", fmt.Errorf("posesimv: %w", err)
	}
	return hexSum(data), nil
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// writeSums writes the hashes by name, and returns the hash of the file.
func writeSums(dir string, sums map[string]string) (string, error) {
	var names []string
	for name := range sums {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%s  %s\n", sums[name], name)
	}
	if err := os.WriteFile(filepath.Join(dir, sumsName), []byte(b.String()), 0o644); err != nil {
		return "", fmt.Errorf("posesimv: write: %w", err)
	}
	return hexSum([]byte(b.String())), nil
}

package weights

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/pifr-go/pifr/internal/pickle"
)

// decodeZip reads the format of torch.save since version 1.6: a zip file that holds,
// below one folder, the pickle data.pkl, the storages data/KEY, and byteorder. Nothing in
// it is compressed.
func decodeZip(data []byte) (*archive, any, error) {
	entries, err := zipEntries(data)
	if err != nil {
		return nil, nil, err
	}
	folder, err := zipFolder(entries)
	if err != nil {
		return nil, nil, err
	}
	a := &archive{storages: map[string]*storage{}, allowance: allowanceFor(data)}
	read := map[string][]byte{} // the storages that were checked
	a.bytes = func(key string) ([]byte, error) {
		if b, ok := read[key]; ok {
			return b, nil
		}
		b, err := zipBytes(data, entries, folder+"data/"+key)
		read[key] = b
		return b, err
	}
	if entries[folder+"byteorder"] != nil {
		order, err := zipBytes(data, entries, folder+"byteorder")
		if err != nil {
			return nil, nil, err
		}
		a.bigEndian = string(order) == "big"
	}
	program, err := zipBytes(data, entries, folder+"data.pkl")
	if err != nil {
		return nil, nil, err
	}
	root, rest, err := pickle.Decoder{Globals: torchGlobals(), Persistent: a.storage}.Decode(program)
	if err == nil && len(rest) > 0 {
		err = errors.New("something follows the pickle")
	}
	return a, root, err
}

// allowanceFor bounds what tensors in unusual layouts may take in all. A file whose
// tensors do not overlap needs at most its own length; the rest is for shared ones.
func allowanceFor(data []byte) int { return 4*len(data) + 1<<16 }

func zipEntries(data []byte) (map[string]*zip.File, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	entries, left := map[string]*zip.File{}, uint64(len(data))
	for _, f := range z.File {
		if f.CompressedSize64 > left { // else one run of bytes could be checked over and over
			return nil, fmt.Errorf("entry %q: the entries are larger than the file", f.Name)
		}
		left -= f.CompressedSize64
		if entries[f.Name] != nil {
			return nil, fmt.Errorf("two entries are called %q", f.Name)
		}
		entries[f.Name] = f
	}
	return entries, nil
}

// zipFolder finds the folder that data.pkl lies in, with its slash.
func zipFolder(entries map[string]*zip.File) (string, error) {
	folder, found := "", 0
	for name := range entries {
		if f, ok := strings.CutSuffix(name, "data.pkl"); ok && (f == "" || strings.Count(f, "/") == 1 && strings.HasSuffix(f, "/")) {
			folder, found = f, found+1
		}
	}
	if found != 1 {
		return "", fmt.Errorf("%w: a zip file with %d entries called data.pkl", ErrFormat, found)
	}
	if entries[folder+"constants.pkl"] != nil {
		return "", fmt.Errorf("%w: a TorchScript archive, which is a program; save the network's state_dict()", ErrFormat)
	}
	return folder, nil
}

// zipBytes returns the content of an entry, which shares the memory of data.
func zipBytes(data []byte, entries map[string]*zip.File, name string) ([]byte, error) {
	f := entries[name]
	if f == nil {
		return nil, fmt.Errorf("no entry %q", name)
	}
	if f.Method != zip.Store {
		return nil, fmt.Errorf("entry %q is compressed, which torch.save never does", name)
	}
	at, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("entry %q: %w", name, err)
	}
	size := f.CompressedSize64
	if at < 0 || uint64(at) > uint64(len(data)) || size > uint64(len(data))-uint64(at) || size != f.UncompressedSize64 {
		return nil, fmt.Errorf("entry %q: %d bytes at %d of %d", name, size, at, len(data))
	}
	content := data[at : uint64(at)+size : uint64(at)+size]
	if crc32.ChecksumIEEE(content) != f.CRC32 {
		return nil, fmt.Errorf("entry %q: %w", name, zip.ErrChecksum)
	}
	return content, nil
}

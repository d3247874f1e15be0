// Package keys keeps the keys of a server's users in a file: of each its role, and the
// SHA-256 of the key, which has 256 random bits and so needs no slow hash.
package keys

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/pifr-go/pifr/examples/server/internal/durable"
)

// Role says what the owner of a key may do.
type Role string

// The roles. Each may do what those before it may.
const (
	Read  Role = "read"  // look at photos and people
	Write Role = "write" // enroll, merge, group, start jobs
	Admin Role = "admin" // remove
)

var order = []Role{Read, Write, Admin}

// Allows says whether the role is enough where another is asked for.
func (r Role) Allows(wanted Role) bool {
	have, want := slices.Index(order, r), slices.Index(order, wanted)
	return have >= 0 && want >= 0 && have >= want
}

// Errors that callers may test for.
var (
	ErrRole    = errors.New("the roles are read, write and admin")
	ErrUnknown = errors.New("no such key")
)

// Key is what the file says of a key.
type Key struct {
	ID      string    `json:"id"` // a name that may be shown and logged
	Role    Role      `json:"role"`
	SHA256  string    `json:"sha256"`
	Created time.Time `json:"created"`
}

// File is a file of keys. It is safe for concurrent use, and sees what other programs
// write to it.
type File struct {
	path string

	mu   sync.Mutex
	read time.Time // when the file was looked at
	mod  time.Time
	size int64
	keys []Key
}

// every is how often the file is looked at, at most: a key that was revoked stays good for
// so long.
const every = time.Second

// Open reads a file of keys; one that is not there has none.
func Open(path string) (*File, error) {
	f := &File{path: path}
	return f, f.reload()
}

// reload reads the file if it has changed.
func (f *File) reload() error {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.keys, f.mod, f.size = nil, time.Time{}, 0
		return nil
	}
	if err != nil {
		return err
	}
	if info.ModTime().Equal(f.mod) && info.Size() == f.size {
		return nil
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	var keys []Key
	if err := json.Unmarshal(data, &keys); err != nil {
		return fmt.Errorf("%s: not a file of keys: %w", f.path, err)
	}
	for _, k := range keys {
		if sum, err := hex.DecodeString(k.SHA256); err != nil || len(sum) != sha256.Size || !slices.Contains(order, k.Role) {
			return fmt.Errorf("%s: key %q: not a key", f.path, k.ID)
		}
	}
	f.keys, f.mod, f.size = keys, info.ModTime(), info.Size()
	return nil
}

// Find returns the key that somebody has shown. All keys are compared, each in constant
// time. If the file cannot be read any more, the error says so, and nobody is let in.
func (f *File) Find(token string) (Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.read) > every {
		if err := f.reload(); err != nil {
			return Key{}, err
		}
		f.read = now
	}
	found, sum := -1, hash(token)
	for i, k := range f.keys {
		if subtle.ConstantTimeCompare([]byte(k.SHA256), []byte(sum)) == 1 {
			found = i
		}
	}
	if found < 0 {
		return Key{}, ErrUnknown
	}
	return f.keys[found], nil
}

// All returns the keys.
func (f *File) All() []Key {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.keys)
}

// New makes a key and writes it down. The token is what its owner shows: it is nowhere
// else.
func (f *File) New(role Role) (token string, k Key, err error) {
	if !slices.Contains(order, role) {
		return "", Key{}, fmt.Errorf("%w, not %q", ErrRole, role)
	}
	random := make([]byte, 4+32)
	_, _ = rand.Read(random) // never fails
	k = Key{ID: hex.EncodeToString(random[:4]), Role: role, Created: time.Now().UTC().Truncate(time.Second)}
	token = "pifr_" + k.ID + "_" + base64.RawURLEncoding.EncodeToString(random[4:])
	k.SHA256 = hash(token)
	return token, k, f.change(func(keys []Key) ([]Key, error) { return append(keys, k), nil })
}

// Revoke removes a key.
func (f *File) Revoke(id string) error {
	return f.change(func(keys []Key) ([]Key, error) {
		left := slices.DeleteFunc(keys, func(k Key) bool { return k.ID == id })
		if len(left) == len(keys) {
			return nil, fmt.Errorf("%w: %q", ErrUnknown, id)
		}
		return left, nil
	})
}

func (f *File) change(change func([]Key) ([]Key, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.reload(); err != nil {
		return err
	}
	keys, err := change(slices.Clone(f.keys))
	if err != nil {
		return err
	}
	err = durable.Write(f.path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(keys)
	})
	if err != nil {
		return err
	}
	return f.reload()
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

package photos

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Reason says why an entry is no photo to be worked on.
type Reason string

// The reasons. A photo has none of them.
const (
	Photos      Reason = ""
	NoPicture   Reason = "not a picture"
	NotRead     Reason = "in a format that is not read"
	IsHidden    Reason = "hidden"
	Unreadable  Reason = "unreadable"
	Missing     Reason = "not there"
	Special     Reason = "pipe or device"
	PathTooLong Reason = "with too long a path"
	Loop        Reason = "link to a folder that it lies in"
	Elsewhere   Reason = "link to a folder that is walked through anyway"
)

// The reasons for which a photo fails that Walk has found: those of ReasonOf, besides
// NotRead, Unreadable, Missing and Special.
const (
	TooLarge Reason = "too large"
	Damaged  Reason = "damaged"
	Failed   Reason = "failed for another reason"
)

// ReasonOf says why Open has failed, for counting.
func ReasonOf(err error) Reason {
	switch {
	case err == nil:
		return Photos
	case errors.Is(err, ErrTooLarge):
		return TooLarge
	case errors.Is(err, ErrFormat), errors.Is(err, ErrUnsupported), errors.Is(err, ErrNotLinked):
		return NotRead
	case errors.Is(err, ErrTruncated), errors.Is(err, ErrDamaged):
		return Damaged
	case errors.Is(err, ErrNotRegular):
		return Special
	case errors.Is(err, fs.ErrNotExist):
		return Missing
	case errors.Is(err, fs.ErrPermission):
		return Unreadable
	}
	return Failed
}

// Entry is a file that Walk has come to, or what it could not go into.
type Entry struct {
	Path   string // as the file system has it; Name shows and keeps it
	Folder bool   // whether it is a folder that was not gone into
	Kind   Kind   // by its content; empty if that was not looked at
	Reason Reason
	// Err says what is wrong where something is. Nobody is surprised by a text beside
	// photos, nor by a hidden file: these have a reason, and no error.
	Err error
}

// Photo says whether the entry is a photo in a format that Decode knows.
func (e Entry) Photo() bool { return e.Reason == Photos }

// Summary counts entries.
type Summary struct {
	Files   int // all but folders
	Photos  map[Kind]int
	Others  map[Kind]int // files that are none, as far as they were looked at
	Reasons map[Reason]int
	Folders int // that were not gone into, for one reason or another
}

// Add counts an entry.
func (s *Summary) Add(e Entry) {
	if s.Photos == nil {
		s.Photos, s.Others, s.Reasons = map[Kind]int{}, map[Kind]int{}, map[Reason]int{}
	}
	if e.Folder {
		s.Folders++
	} else {
		s.Files++
	}
	switch {
	case e.Photo():
		s.Photos[e.Kind]++
		return
	case e.Reason == NoPicture || e.Reason == NotRead:
		s.Others[e.Kind]++
	}
	s.Reasons[e.Reason]++
}

// NumPhotos is how many photos were counted.
func (s *Summary) NumPhotos() int {
	n := 0
	for _, k := range s.Photos {
		n += k
	}
	return n
}

// String says it in a line: "8 files: 1 photo (1 jpeg); 5 not a picture (3 text, 2
// video), 2 hidden". Kinds and reasons are in the order of their numbers.
func (s *Summary) String() string {
	text := fmt.Sprintf("%s: %s%s", count(s.Files, "file"), count(s.NumPhotos(), "photo"), parts(s.Photos))
	var rest []string
	for _, r := range ordered(s.Reasons) {
		part := fmt.Sprintf("%d %s", s.Reasons[r], r)
		kinds := map[Kind]int{}
		for k, n := range s.Others {
			if (r == NotRead) == k.Picture() && (r == NoPicture || r == NotRead) {
				kinds[k] = n
			}
		}
		rest = append(rest, part+parts(kinds))
	}
	if len(rest) > 0 {
		text += "; " + strings.Join(rest, ", ")
	}
	return text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// parts are numbers of kinds, in brackets.
func parts(kinds map[Kind]int) string {
	var all []string
	for _, k := range ordered(kinds) {
		all = append(all, fmt.Sprintf("%d %s", kinds[k], k))
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// ordered are the keys, from the largest number on.
func ordered[K ~string](counts map[K]int) []K {
	return slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
}

// modeName says what is no regular file.
func modeName(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

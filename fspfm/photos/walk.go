package photos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Walker finds photos. Its zero value goes through folders and files that it is given.
type Walker struct {
	// Hidden asks for hidden files and folders as well, whose names begin with a dot, with
	// ._NAME among them. Those that are named are always taken.
	Hidden bool
	// Lists are files with paths, one a line, or each ended by a zero byte as find -print0
	// writes them: what comes first decides. "-" is Stdin. Empty lines count for nothing.
	// The paths are relative to the current folder, and may be those of folders.
	Lists []string
	Stdin io.Reader
}

// Walk goes through files and folders, in the order in which they are given, and then
// through Lists. A folder's entries come in the order of the bytes of their names, each
// folder's own where its name stands among them. An argument that does not exist and has
// one of the characters *?[ is a pattern as path/filepath's Match has it.
//
// Whatever goes wrong is an entry with an error, and the walk goes on; it ends early only
// with the context. Links are followed. One to a folder is not if that folder is being
// walked through already, was given as an argument, or was reached by another link:
// there are no loops, and photos are rarely found twice. Of two arguments that are the
// same path the second is left out, and what is an argument is left out of the folder that
// it lies in; what a list repeats comes again.
//
// Pipes, devices and sockets are not opened. Of other files the first 512 bytes are
// read. Memory is bounded, whatever the number of files: a folder with many names is
// read several times.
func (w Walker) Walk(ctx context.Context, args ...string) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		t := &tour{ctx: ctx, walker: w, yield: yield, arguments: map[string]bool{}, done: map[string]bool{}}
		for _, arg := range args {
			t.arguments[filepath.Clean(arg)] = true
			if info, err := os.Stat(arg); err == nil && info.IsDir() {
				t.entered = append(t.entered, info)
			}
		}
		for _, arg := range args {
			if !t.argument(arg) {
				return
			}
		}
		for _, list := range w.Lists {
			if !t.list(list) {
				return
			}
		}
	}
}

// tour is one call of Walk. Its methods return false once nothing more is wanted.
type tour struct {
	ctx    context.Context
	walker Walker
	yield  func(Entry) bool

	arguments, done map[string]bool // those that are given, and that were gone through
	above           []fs.FileInfo   // the folders on the way down
	entered         []fs.FileInfo   // arguments that are folders, and targets of links
}

func (t *tour) say(e Entry) bool { return t.ctx.Err() == nil && t.yield(e) }

// argument goes through a path or a pattern.
func (t *tour) argument(path string) bool {
	if t.done[filepath.Clean(path)] {
		return true
	}
	t.done[filepath.Clean(path)] = true
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path, "*?[") {
		return t.pattern(path)
	}
	return t.named(path)
}

// named goes through a path that was given, hidden or not.
func (t *tour) named(path string) bool {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return t.say(failed(path, false, err))
	case info.IsDir():
		t.above = nil
		return t.folder(path, info)
	}
	e := look(path, info.Mode())
	if e.Err == nil && !e.Photo() {
		e.Err = fmt.Errorf("%s: %s", e.Reason, e.Kind)
	}
	return t.say(e)
}

// pattern goes through what matches: folders by the last part but one, and so on, and
// then names in each of them.
func (t *tour) pattern(pattern string) bool {
	dir, last := filepath.Split(pattern)
	folders, err := []string{dir}, error(nil)
	if strings.ContainsAny(dir, "*?[") {
		folders, err = filepath.Glob(filepath.Clean(dir))
	}
	if _, bad := filepath.Match(last, ""); err == nil {
		err = bad
	}
	if err != nil {
		return t.say(Entry{Path: pattern, Reason: Missing, Err: err})
	}
	found := false
	for _, folder := range folders {
		for e, err := range entries(cmpOr(folder, ".")) {
			if err != nil {
				break // as shells do: there is nothing to match
			}
			name := e.Name()
			if ok, _ := filepath.Match(last, name); !ok || !t.walker.Hidden && strings.HasPrefix(name, ".") && last[0] != '.' {
				continue
			}
			found = true
			if !t.named(filepath.Join(folder, name)) {
				return false
			}
		}
	}
	if !found {
		return t.say(Entry{Path: pattern, Reason: Missing, Err: errors.New("nothing matches the pattern")})
	}
	return true
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// folder goes through a folder.
func (t *tour) folder(path string, info fs.FileInfo) bool {
	t.above = append(t.above, info)
	defer func() { t.above = t.above[:len(t.above)-1] }()
	for e, err := range entries(path) {
		switch {
		case t.ctx.Err() != nil:
			return false
		case err != nil:
			return t.say(failed(path, true, err))
		case !t.entry(filepath.Join(path, e.Name()), e):
			return false
		}
	}
	return true
}

// entry goes through one of a folder's.
func (t *tour) entry(path string, e fs.DirEntry) bool {
	if t.arguments[path] {
		return true
	}
	if !t.walker.Hidden && strings.HasPrefix(e.Name(), ".") {
		return t.say(Entry{Path: path, Folder: e.IsDir(), Reason: IsHidden})
	}
	mode, link := e.Type(), e.Type()&fs.ModeSymlink != 0
	if !link && !e.IsDir() {
		return t.say(look(path, mode))
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return t.say(failed(path, e.IsDir(), err))
	case !info.IsDir():
		return t.say(look(path, info.Mode()))
	}
	if contains(t.above, info) {
		return t.say(Entry{Path: path, Folder: true, Reason: Loop, Err: errors.New("the link leads back to a folder that it lies in")})
	}
	if link {
		if contains(t.entered, info) || t.within(path) {
			return t.say(Entry{Path: path, Folder: true, Reason: Elsewhere})
		}
		t.entered = append(t.entered, info)
	}
	return t.folder(path, info)
}

func contains(folders []fs.FileInfo, one fs.FileInfo) bool {
	for _, f := range folders {
		if os.SameFile(f, one) {
			return true
		}
	}
	return false
}

// within says whether a link leads into a folder that is being walked through.
func (t *tour) within(link string) bool {
	target, err := filepath.EvalSymlinks(link)
	if err != nil {
		return false
	}
	if target, err = filepath.Abs(target); err != nil {
		return false
	}
	for up := filepath.Dir(target); ; up = filepath.Dir(up) {
		if info, err := os.Stat(up); err == nil && contains(t.entered, info) {
			return true
		}
		if up == filepath.Dir(up) {
			return false
		}
	}
}

// pictureNames are endings from which people expect a photo.
var pictureNames = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".mpo": true, ".png": true, ".gif": true, ".bmp": true, ".tif": true, ".tiff": true,
	".webp": true, ".heic": true, ".heif": true, ".avif": true,
}

// look finds out what a file is.
func look(path string, mode fs.FileMode) Entry {
	if mode.Type() != 0 {
		return Entry{Path: path, Reason: Special, Err: fmt.Errorf("%w: %s", ErrNotRegular, modeName(mode))}
	}
	f, err := openRegular(path)
	if err != nil {
		return failed(path, false, err)
	}
	defer f.Close()
	head := make([]byte, headLen)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return failed(path, false, err)
	}
	e := Entry{Path: path, Kind: KindOf(head[:n])}
	switch {
	case e.Kind.readable():
	case e.Kind.Picture():
		e.Reason, e.Err = NotRead, fmt.Errorf("%w: %s", ErrFormat, e.Kind)
	default:
		e.Reason = NoPicture
		if pictureNames[strings.ToLower(filepath.Ext(path))] {
			e.Err = fmt.Errorf("%w: its name is that of a photo, its content is: %s", ErrFormat, e.Kind)
		}
	}
	return e
}

// failed is the entry of what could not be opened.
func failed(path string, folder bool, err error) Entry {
	e := Entry{Path: path, Folder: folder, Reason: Unreadable, Err: err}
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		e.Err = inPath.Err // the path is the entry's
	}
	switch {
	case errors.Is(err, ErrNotRegular):
		e.Reason = Special
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = Missing
	case errors.Is(err, syscall.ENAMETOOLONG):
		e.Reason = PathTooLong
	case errors.Is(err, syscall.ELOOP):
		e.Reason = Loop
	}
	return e
}

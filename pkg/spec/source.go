package spec

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxSourceSize bounds one input.
const maxSourceSize = 2 << 30

// A Source is one input, named for messages, whose bytes can be read more than
// once.
type Source struct {
	Name   string // as given; "-" is standard input
	Size   int64
	SHA256 [sha256.Size]byte
	open   func() (io.ReadCloser, error)
}

// Open returns the bytes from the start. The caller closes the reader.
func (s *Source) Open() (io.ReadCloser, error) { return s.open() }

// Inline returns a source that holds its text, for tests and generated
// manifests.
func Inline(name, text string) *Source {
	return &Source{
		Name: name, Size: int64(len(text)), SHA256: sha256.Sum256([]byte(text)),
		open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	}
}

// Sources is a list of inputs in the order in which they are decoded. The zero
// Sources has none.
type Sources struct {
	list  []*Source
	spool []*os.File // unlinked copies of what can be read only once
}

// SourcesOf returns the given inputs as one list.
func SourcesOf(list ...*Source) *Sources { return &Sources{list: list} }

// List returns the inputs in order. The caller does not change it.
func (s *Sources) List() []*Source { return s.list }

// Close releases what OpenSources spooled. The sources cannot be read after it.
func (s *Sources) Close() error {
	var errs []error
	for _, f := range s.spool {
		errs = append(errs, f.Close())
	}
	s.spool = nil
	return errors.Join(errs...)
}

// OpenSources resolves what was given on a command line and reads all of it
// once, for its size and hash:
//
//   - a file is taken whatever its name;
//   - a folder stands for its *.yaml and *.yml files, sorted by name; folders in
//     it and names that start with a dot are not looked at;
//   - "-" is stdin, and like any pipe it is copied to an unlinked temporary file.
//
// Wrong arguments are reported together, as Errors. The caller closes the
// sources.
func OpenSources(args []string, stdin io.Reader) (*Sources, error) {
	o := opener{srcs: &Sources{}, seen: map[string]string{}}
	if len(args) == 0 {
		o.fault("", "no manifest given", "name a file, a folder, or - for standard input")
	}
	for _, arg := range args {
		switch info, err := os.Stat(arg); {
		case arg == "-":
			if o.first(arg, arg) {
				o.copied(arg, stdin)
			}
		case err != nil:
			o.fault(arg, "cannot open: "+cause(err), "check the spelling; paths are relative to the current folder")
		case info.IsDir():
			o.folder(arg)
		default:
			o.file(arg, info)
		}
	}
	if err := o.faults.errors(); err != nil {
		return nil, errors.Join(err, o.srcs.Close())
	}
	return o.srcs, nil
}

// An opener gathers sources and what is wrong with the arguments.
type opener struct {
	srcs   *Sources
	seen   map[string]string // resolved path → name under which it was given
	faults faultList
}

func (o *opener) fault(name, msg, hint string) {
	o.faults.add(len(o.faults.kept), &Error{Pos: Pos{File: name}, Msg: msg, Hint: hint})
}

// first reports that a path was not given before.
func (o *opener) first(name, path string) bool {
	before, twice := o.seen[path]
	if !twice {
		o.seen[path] = name
		return true
	}
	msg := "given twice"
	if before != name {
		msg = "given twice, first as " + before
	}
	o.fault(name, msg, "name each input once; a folder includes its files")
	return false
}

func (o *opener) folder(dir string) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		o.fault(dir, "cannot read the folder: "+cause(err), "")
		return
	}
	found := false
	for _, e := range entries {
		name := e.Name()
		if ext := filepath.Ext(name); strings.HasPrefix(name, ".") || (ext != ".yaml" && ext != ".yml") {
			continue
		}
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			o.fault(path, "cannot open: "+cause(err), "")
			found = true
			continue
		}
		if !info.IsDir() {
			found = true
			o.file(path, info)
		}
	}
	if !found {
		o.fault(dir, "folder has no manifests", "manifests are files named *.yaml or *.yml directly in it")
	}
}

func (o *opener) file(name string, info fs.FileInfo) {
	path, err := filepath.EvalSymlinks(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		path = name
	}
	if !o.first(name, path) {
		return
	}
	f, err := os.Open(name)
	if err != nil {
		o.fault(name, "cannot open: "+cause(err), "")
		return
	}
	defer f.Close() //nolint:errcheck // only read from
	if !info.Mode().IsRegular() {
		o.copied(name, f)
		return
	}
	if info.Size() > maxSourceSize {
		o.tooLarge(name)
		return
	}
	o.add(name, f, func() (io.ReadCloser, error) { return os.Open(name) })
}

// copied spools what can be read only once.
func (o *opener) copied(name string, r io.Reader) {
	tmp, err := os.CreateTemp("", "payreconcile-*.yaml")
	if err != nil {
		o.fault(name, "cannot keep a copy: "+cause(err), "")
		return
	}
	o.srcs.spool = append(o.srcs.spool, tmp)
	if err := os.Remove(tmp.Name()); err != nil {
		o.fault(name, "cannot keep a copy: "+cause(err), "")
		return
	}
	if r == nil {
		r = bytes.NewReader(nil)
	}
	o.add(name, io.TeeReader(r, tmp), func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(tmp, 0, maxSourceSize)), nil
	})
}

// add hashes an input and takes it into the list.
func (o *opener) add(name string, r io.Reader, open func() (io.ReadCloser, error)) {
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, maxSourceSize+1))
	switch {
	case err != nil:
		o.fault(name, "cannot read: "+cause(err), "")
	case n > maxSourceSize:
		o.tooLarge(name)
	default:
		s := &Source{Name: name, Size: n, open: open}
		h.Sum(s.SHA256[:0])
		o.srcs.list = append(o.srcs.list, s)
	}
}

func (o *opener) tooLarge(name string) {
	o.fault(name, fmt.Sprintf("file is over %d GiB", maxSourceSize>>30), "split it into several files")
}

// cause drops operation and path from an error of package os: the message
// names the input already.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error()
}

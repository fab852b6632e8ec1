package yamlfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A File gathers what is wrong with the YAML file of that name.
type File struct {
	Name   string
	faults spec.Errors
}

// Read returns the bytes of a file of at most limit bytes. Its errors are
// faults with the file's name as their place.
func Read(name string, limit int64) ([]byte, error) {
	fault := func(msg, hint string) ([]byte, error) {
		return nil, spec.Errors{{Pos: spec.Pos{File: name}, Msg: msg, Hint: hint}}
	}
	in, err := os.Open(name)
	if err != nil {
		return fault("cannot be read: "+cause(err), "check the path")
	}
	defer func() { _ = in.Close() }()
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	switch {
	case err != nil:
		return fault("cannot be read: "+cause(err), "check the path")
	case int64(len(data)) > limit:
		return fault(fmt.Sprintf("is longer than %d bytes", limit), "check that it is the right file")
	}
	return data, nil
}

// cause is what kept a file from being read, without its name.
func cause(err error) string {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// Parse returns the one document in data, or nil when there is none: because
// it is empty, or because it is not YAML, which is a fault then.
func (f *File) Parse(data []byte) *yaml.Node {
	root, err := parse(data)
	if err != nil {
		line, msg := causeOf(err)
		f.Fault(&yaml.Node{Line: line, Column: 1}, "", "this is not valid YAML: "+msg, "look at this line and the one above")
	}
	return root
}

func parse(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser has panicked on hostile input before
			root, err = nil, errors.New("unreadable")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil // no document is not an error
	case err != nil:
		return nil, err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fmt.Errorf("yaml: line %d: a second document begins", more.Line)
		}
		return nil, err
	}
	if root := doc.Content[0]; root.Kind != yaml.ScalarNode || root.Tag != "!!null" {
		return root, nil
	}
	return nil, nil // nor is no content
}

// causeOf takes the line out of "yaml: line 3: did not find …", and what could
// repeat a value.
func causeOf(err error) (line int, msg string) {
	line, msg = 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(msg, "line "); ok {
		if number, cause, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				line, msg = n, cause
			}
		}
	}
	if strings.Contains(msg, "anchor") {
		msg = "an alias (*) is used"
	}
	return line, msg
}

// Fault adds a fault at n.
func (f *File) Fault(n *yaml.Node, path, msg, hint string) {
	f.faults = append(f.faults, &spec.Error{Pos: f.Pos(n), Path: path, Msg: msg, Hint: hint})
}

// Pos is the place of n.
func (f *File) Pos(n *yaml.Node) spec.Pos {
	return spec.Pos{File: f.Name, Line: n.Line, Col: n.Column}
}

// Faults returns every fault in the order of the file, nil when there is none.
func (f *File) Faults() spec.Errors {
	slices.SortStableFunc(f.faults, func(a, b *spec.Error) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return f.faults
}

// Err is Faults as an error.
func (f *File) Err() error {
	if len(f.faults) == 0 {
		return nil
	}
	return f.Faults()
}

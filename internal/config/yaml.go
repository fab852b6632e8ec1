package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A yamlReader reads payreconcile.yaml strictly: one mapping of known keys to
// values, without anything that YAML has for other uses.
type yamlReader struct {
	file   string
	out    layer
	faults spec.Errors
}

func readYAML(file string, data []byte) (layer, spec.Errors) {
	r := &yamlReader{file: file, out: layer{}}
	root, err := parseYAML(data)
	switch {
	case err != nil:
		line, msg := yamlCause(err)
		r.fault(&yaml.Node{Line: line, Column: 1}, "", "this is not valid YAML: "+msg, "look at this line and the one above")
	case root == nil: // nothing but comments
	case root.Kind != yaml.MappingNode:
		r.fault(root, "", "is not a list of settings", "write each setting as name: value")
	default:
		r.mapping(root)
	}
	return r.out, r.faults
}

// parseYAML returns the one document in data, or nil when there is none.
func parseYAML(data []byte) (root *yaml.Node, err error) {
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

// yamlCause takes the line out of "yaml: line 3: did not find …", and what
// could repeat a value.
func yamlCause(err error) (line int, msg string) {
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

func (r *yamlReader) fault(n *yaml.Node, path, msg, hint string) {
	r.faults = append(r.faults, &Error{Pos: r.pos(n), Path: path, Msg: msg, Hint: hint})
}

func (r *yamlReader) pos(n *yaml.Node) spec.Pos {
	return spec.Pos{File: r.file, Line: n.Line, Col: n.Column}
}

func (r *yamlReader) mapping(root *yaml.Node) {
	names := yamlNames()
	seen := map[string]bool{}
	if !r.sound(root, "") {
		return
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch name := key.Value; {
		case key.Kind != yaml.ScalarNode, name == "<<":
			r.fault(key, "", "a key that is not a name", "write each setting as name: value")
		case !r.sound(key, ""):
		case seen[name]:
			r.fault(key, name, "is written twice", "keep one of the two")
		case name == setAPISecret || strings.EqualFold(name, "secret") || strings.EqualFold(name, "secretApiKey"):
			r.fault(key, "", "a secret does not belong in this file", settingOf(setAPISecret).ways())
		case !slices.Contains(names, name):
			r.fault(key, "", "unknown setting "+quoteKey(name), r.suggest(name, names))
		default:
			seen[name] = true
			r.value(name, value)
		}
	}
}

// value takes the value of a known setting.
func (r *yamlReader) value(name string, n *yaml.Node) {
	if !r.sound(n, name) {
		return
	}
	var values []string
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode && settingOf(name).list {
		items = n.Content
	}
	for _, item := range items {
		switch {
		case !r.sound(item, name):
			return
		case item.Kind != yaml.ScalarNode:
			r.fault(item, name, "is not a single value", "write "+name+": value")
			return
		case item.Value == "" || item.Tag == "!!null":
			r.fault(item, name, "has no value", "write a value, or leave the setting out")
			return
		}
		values = append(values, item.Value)
	}
	if len(values) == 0 {
		r.fault(n, name, "has no value", "write a value, or leave the setting out")
		return
	}
	if len(items) == 1 && settingOf(name).list {
		values = strings.Split(values[0], ",")
	}
	r.out[name] = given{name: name, values: values, pos: r.pos(n)}
}

// sound reports that a node has no anchor, alias or tag.
func (r *yamlReader) sound(n *yaml.Node, path string) bool {
	what := ""
	switch {
	case n.Kind == yaml.AliasNode:
		what = "an alias (*)"
	case n.Anchor != "":
		what = "an anchor (&)"
	case n.Style&yaml.TaggedStyle != 0:
		what = "a YAML tag (!)"
	default:
		return true
	}
	r.fault(n, path, what+" is not possible here", "write the value out")
	return false
}

// suggest returns the names that were most likely meant.
func (r *yamlReader) suggest(name string, names []string) string {
	squeeze := func(s string) string {
		return strings.Map(func(c rune) rune {
			if c == '_' || c == '-' || c == '.' {
				return -1
			}
			return unicode.ToLower(c)
		}, s)
	}
	best, least := "", 3
	for _, n := range names {
		if d := distance(squeeze(name), squeeze(n)); d < least {
			best, least = n, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "possible here: " + strings.Join(names, ", ")
}

// quoteKey repeats a key in a message, short and on one line.
func quoteKey(name string) string {
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40]) + "…"
	}
	return strconv.Quote(name)
}

// distance counts the letters to insert, delete or replace between a and b; it
// stops counting at words that are far from any name.
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

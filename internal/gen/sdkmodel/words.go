package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// words is what people read of the generated code. The schema has no
// descriptions, so they are kept beside it. Each text completes a sentence that
// begins with the Go name of what it describes.
type words struct {
	Services   map[string]string            `yaml:"services"`   // by group
	Operations map[string]string            `yaml:"operations"` // by operation id
	Objects    map[string]objectWords       `yaml:"objects"`    // by object
	Params     map[string]map[string]string `yaml:"params"`     // by parameter type and name
}

type objectWords struct {
	Doc    string            `yaml:"doc"`
	Fields map[string]string `yaml:"fields"` // whole sentences, by wire name
}

// parseWords reads the words for a schema. A service, an operation or an object
// without words is an error, and so are words for what the schema does not have.
func parseWords(data []byte, s *schema) (*words, error) {
	var w words
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&w); err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	groups, operations, params := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, op := range s.Operations {
		groups[op.Group], operations[op.ID] = true, true
		if op.Query != nil {
			params[op.Query.Type] = true
			for _, p := range slices.Sorted(maps.Keys(w.Params[op.Query.Type])) {
				if !slices.ContainsFunc(op.Query.Params, func(q queryParam) bool { return q.Name == p }) {
					return nil, fmt.Errorf("read words: %s has no parameter %s", op.Query.Type, p)
				}
			}
		}
	}
	docs := map[string]string{}
	var unknown []error
	for name, o := range w.Objects {
		docs[name] = o.Doc
		for _, f := range slices.Sorted(maps.Keys(o.Fields)) {
			if _, ok := s.Objects[name].Fields[f]; !ok {
				unknown = append(unknown, fmt.Errorf("read words: %s has no field %s", name, f))
			}
		}
	}
	return &w, errors.Join(append(unknown,
		agree("service", w.Services, groups), agree("operation", w.Operations, operations),
		agree("object", docs, keys(s.Objects)), within("parameters", w.Params, params))...)
}

func keys[V any](m map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}

// agree wants words for every name, and no others.
func agree(kind string, have map[string]string, want map[string]bool) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if strings.TrimSpace(have[name]) == "" {
			errs = append(errs, fmt.Errorf("read words: %s %s has none", kind, name))
		}
	}
	return errors.Join(append(errs, within(kind, have, want))...)
}

func within[V any](kind string, have map[string]V, want map[string]bool) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if !want[name] {
			errs = append(errs, fmt.Errorf("read words: the schema has no %s %s", kind, name))
		}
	}
	return errors.Join(errs...)
}

// comment breaks a text into the lines of a comment. An empty line separates
// paragraphs; a line that is indented, or begins with a dash, stays as it is.
func comment(text string, width int) []string {
	var out []string
	line := ""
	flush := func() {
		if line != "" {
			out = append(out, line)
			line = ""
		}
	}
	for raw := range strings.SplitSeq(strings.TrimRight(text, " \n"), "\n") {
		switch {
		case strings.TrimSpace(raw) == "":
			flush()
			out = append(out, "")
			continue
		case strings.HasPrefix(raw, " "), strings.HasPrefix(raw, "\t"), strings.HasPrefix(raw, "- "):
			flush()
			out = append(out, raw)
			continue
		}
		for word := range strings.FieldsSeq(raw) {
			if line != "" && len(line)+1+len(word) > width {
				flush()
			}
			if line != "" {
				line += " "
			}
			line += word
		}
	}
	flush()
	return out
}

// Package schema holds the JSON Schemas of this folder: of the YAML files that
// people write and of the JSON that payreconcile prints.
package schema

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed *.json
var files embed.FS

// written are the files that people write, by the names of their schemas and
// in the order in which one meets them.
var written = []string{"manifest", "config", "policy", "approvers"}

// A Schema is one of them.
type Schema struct {
	Name    string
	About   string // what it describes, in a few words
	Written bool   // of a YAML file that people write, not of JSON that is printed
	JSON    []byte
}

// All returns every schema: those of files that people write, then the others
// by name.
func All() ([]Schema, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list schemas: %w", err)
	}
	var all []Schema
	for _, e := range entries {
		data, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, fmt.Errorf("read schema: %w", err)
		}
		s := Schema{Name: strings.TrimSuffix(e.Name(), ".json"), JSON: data}
		s.Written = slices.Contains(written, s.Name)
		if s.About, err = about(data, s.Written); err != nil {
			return nil, fmt.Errorf("read schema %s: %w", s.Name, err)
		}
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b Schema) int { return cmp.Compare(rank(a.Name), rank(b.Name)) })
	return all, nil
}

// rank puts the files that people write first.
func rank(name string) int {
	if i := slices.Index(written, name); i >= 0 {
		return i
	}
	return len(written)
}

// about is the title of a file that people write, and of JSON that is printed
// the beginning of its description without the name of its type.
func about(data []byte, written bool) (string, error) {
	var s struct{ Title, Description string }
	if err := json.Unmarshal(data, &s); err != nil {
		return "", err
	}
	if written {
		return s.Title, nil
	}
	text := s.Description
	if _, rest, ok := strings.Cut(text, " is "); ok {
		text = rest
	}
	text, _, _ = strings.Cut(text, ". ")
	return strings.TrimSuffix(text, "."), nil
}

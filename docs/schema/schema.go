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

// Written are the files that people write, by the names of their schemas and
// in the order in which one meets them.
var written = []string{"manifest", "config", "policy", "approvers"}

// A Schema is one of them.
type Schema struct {
	Name    string
	Title   string
	Written bool // of a YAML file that people write, not of JSON that is printed
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
		if err := json.Unmarshal(data, &struct {
			Title *string `json:"title"`
		}{&s.Title}); err != nil {
			return nil, fmt.Errorf("read schema %s: %w", s.Name, err)
		}
		s.Written = slices.Contains(written, s.Name)
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

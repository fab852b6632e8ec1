package render

import (
	"io"
	"strings"
)

// A SchemasDocument is what "schema --json" prints: which schemas there are.
type SchemasDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=schemas"`
	// The schemas; those of files that people write come first.
	Schemas []SchemaEntry `json:"schemas"`
}

// A SchemaEntry is one JSON Schema.
type SchemaEntry struct {
	// Name under which "schema NAME" prints it.
	Name string `json:"name"`
	// What it describes.
	About string `json:"about"`
	// It describes a YAML file that people write, not JSON that is printed.
	Written bool `json:"written"`
	// File that it was written to; absent when none was.
	File string `json:"file,omitempty"`
}

// SchemasJSON writes which schemas there are, as a SchemasDocument.
func SchemasJSON(w io.Writer, schemas []SchemaEntry) error {
	return WriteJSON(w, SchemasDocument{FormatVersion: FormatVersion, Kind: "schemas", Schemas: schemas})
}

// Schemas writes which schemas there are, one a line.
func Schemas(w io.Writer, schemas []SchemaEntry) error {
	p := newPrinter(w, Style{})
	width := 0
	for _, s := range schemas {
		width = max(width, len(s.Name))
	}
	for _, s := range schemas {
		p.line(s.Name, strings.Repeat(" ", width-len(s.Name)+2), s.About)
	}
	return p.close()
}

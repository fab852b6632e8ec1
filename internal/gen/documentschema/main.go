// Command documentschema writes the JSON Schemas of the YAML files that people
// write for payreconcile, from the types of package documents and their
// comments.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/payreconcile/payreconcile/internal/gen/documents"
)

// base is the package whose comments describe the fields.
const base = "github.com/payreconcile/payreconcile/internal/gen/documents"

// titles are what editors show for a file as a whole.
var titles = map[string]string{
	"manifest":  "Manifest of payreconcile: what payments should look like",
	"config":    "payreconcile.yaml: how payreconcile is to run",
	"policy":    "Policy of payreconcile: rules that plans are held against",
	"approvers": "Approvers of payreconcile: who approves plans, up to how much",
}

func main() {
	source := flag.String("source", ".", "folder of package documents")
	out := flag.String("out", "", "folder of the schemas")
	flag.Parse()
	if err := run(*source, *out); err != nil {
		fmt.Fprintln(os.Stderr, "documentschema:", err)
		os.Exit(1)
	}
}

func run(source, out string) error {
	files, err := generate(source)
	if err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(out, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the schemas by the names of their files.
func generate(source string) (map[string][]byte, error) {
	comments, err := commentsOf(source)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, document := range documents.All() {
		r := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, CommentMap: comments}
		schema := r.Reflect(document)
		schema.Title = titles[name]
		if schema.Title == "" {
			return nil, fmt.Errorf("document %s has no title", name)
		}
		examples(schema, document)
		data, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("encode the schema of %s: %w", name, err)
		}
		files[name+".json"] = append(data, '\n')
	}
	return files, nil
}

// commentsOf reads the comments of package documents, under the names by which
// the reflector looks them up.
func commentsOf(source string) (map[string]string, error) {
	var r jsonschema.Reflector
	if err := r.AddGoComments(base, source, jsonschema.WithFullComment()); err != nil {
		return nil, fmt.Errorf("read the comments of package documents: %w", err)
	}
	read := path.Join(base, filepath.ToSlash(source)) // the folder becomes part of the names
	comments := map[string]string{}
	for key, text := range r.CommentMap {
		if rest, ok := strings.CutPrefix(key, read+"."); ok {
			comments[base+"."+rest] = forPeople(rest, strings.Join(strings.Fields(text), " "))
		}
	}
	return comments, nil
}

// forPeople takes the name of a type out of its comment: "A Payment is what
// one payment …" becomes "What one payment …".
func forPeople(name, text string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(text, "An "), "A ")
	if rest, ok := strings.CutPrefix(rest, name+" is "); ok && rest != "" {
		return strings.ToUpper(rest[:1]) + rest[1:]
	}
	return text
}

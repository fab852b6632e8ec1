// Command schemagen writes the JSON schemas of what payreconcile prints with
// --json, from the types of package render and their comments.
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

	"github.com/payreconcile/payreconcile/internal/render"
)

// base is the package whose comments describe the fields.
const base = "github.com/payreconcile/payreconcile/internal/render"

func main() {
	source := flag.String("source", ".", "folder of package render")
	out := flag.String("out", "", "folder of the schemas")
	flag.Parse()
	if err := run(*source, *out); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
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
	for name, document := range render.Documents() {
		r := jsonschema.Reflector{
			Anonymous:                 true,
			AllowAdditionalProperties: true, // minor versions add fields
			ExpandedStruct:            true,
			CommentMap:                comments,
		}
		schema := r.Reflect(document)
		schema.Title = "payreconcile " + name
		data, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("encode the schema of %s: %w", name, err)
		}
		files[name+".json"] = append(data, '\n')
	}
	return files, nil
}

// commentsOf reads the comments of package render, under the names by which
// the reflector looks them up.
func commentsOf(source string) (map[string]string, error) {
	var r jsonschema.Reflector
	if err := r.AddGoComments(base, source, jsonschema.WithFullComment()); err != nil {
		return nil, fmt.Errorf("read the comments of package render: %w", err)
	}
	read := path.Join(base, filepath.ToSlash(source)) // the folder becomes part of the names
	comments := map[string]string{}
	for key, text := range r.CommentMap {
		if rest, ok := strings.CutPrefix(key, read+"."); ok {
			comments[base+"."+rest] = strings.Join(strings.Fields(text), " ")
		}
	}
	return comments, nil
}

// Command sdkmodel writes the services, the wire types and the table of operations of pkg/sdk
// from the description of the API in internal/gen/schema.json and the words for
// people in internal/gen/words.yaml. With -check it
// writes nothing and fails when a file is missing, outdated or left over.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	schemaFile := flag.String("schema", "internal/gen/schema.json", "description of the API")
	dir := flag.String("dir", "pkg/sdk", "folder of the package sdk")
	wordsFile := flag.String("words", "internal/gen/words.yaml", "what people read of it")
	check := flag.Bool("check", false, "write nothing, fail when a file is not current")
	flag.Parse()
	if err := run(*schemaFile, *wordsFile, *dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "sdkmodel:", err)
		os.Exit(1)
	}
}

func run(schemaFile, wordsFile, dir string, check bool) error {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	s, err := parseSchema(data)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(wordsFile)
	if err != nil {
		return fmt.Errorf("read words: %w", err)
	}
	w, err := parseWords(text, s)
	if err != nil {
		return err
	}
	files, err := generate(s, w)
	if err != nil {
		return err
	}
	stale, err := leftOver(dir, files)
	if err != nil {
		return err
	}
	if check {
		return compare(dir, files, stale)
	}
	for _, name := range stale {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("remove outdated file: %w", err)
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), content, 0o644); err != nil {
			return fmt.Errorf("write generated file: %w", err)
		}
	}
	return nil
}

// leftOver lists generated files that the schema no longer gives.
func leftOver(dir string, files map[string][]byte) ([]string, error) {
	var stale []string
	for _, pattern := range []string{"*_gen.go", "model/*_gen.go"} {
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, fmt.Errorf("list generated files: %w", err)
		}
		for _, name := range found {
			rel, err := filepath.Rel(dir, name)
			if err != nil {
				return nil, fmt.Errorf("list generated files: %w", err)
			}
			if _, ok := files[filepath.ToSlash(rel)]; !ok {
				stale = append(stale, name)
			}
		}
	}
	return stale, nil
}

// compare reports every file on disk that differs from what would be written.
func compare(dir string, files map[string][]byte, stale []string) error {
	var errs []error
	for _, name := range stale {
		errs = append(errs, fmt.Errorf("%s is left over: run go generate ./pkg/sdk", name))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil || !bytes.Equal(have, files[name]) {
			errs = append(errs, fmt.Errorf("%s is not current: run go generate ./pkg/sdk", name))
		}
	}
	return errors.Join(errs...)
}

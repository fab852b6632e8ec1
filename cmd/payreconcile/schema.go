package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/docs/schema"
	"github.com/payreconcile/payreconcile/internal/render"
)

func newSchema(e *env) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "schema [flags] [NAME]",
		Short: "Print JSON Schemas, for editors and other programs",
		Long: "schema lists the JSON Schemas that this program has: of the YAML files that people write, and of the\n" +
			"JSON that it prints. With a NAME it prints that one; with --out it writes all of them, or that one,\n" +
			"as NAME.json into a folder, where a first line in a manifest names it to an editor:\n\n" +
			"  payreconcile schema --out .payreconcile\n" +
			"  # yaml-language-server: $schema=.payreconcile/manifest.json" +
			exits(exitOK, exitError, exitUsage, exitInternal),
		Args: upTo(0, 1, "at most one name"),
		RunE: func(_ *cobra.Command, args []string) error { return runSchema(e, out, args) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return schemaNames(args), cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().StringVar(&out, "out", "", "write the schemas into this folder, which is made if need be")
	return c
}

func runSchema(e *env, out string, names []string) error {
	all, err := schema.All()
	if err != nil {
		return err
	}
	if len(names) > 0 {
		all = slices.DeleteFunc(all, func(s schema.Schema) bool { return s.Name != names[0] })
		if len(all) == 0 {
			return usage("schema: there is none of %q; payreconcile schema lists them", names[0])
		}
		if out == "" {
			_, err := e.stdout.Write(all[0].JSON)
			return err
		}
	}
	entries, err := writeSchemas(all, out)
	switch {
	case err != nil:
		return err
	case e.json:
		return render.SchemasJSON(e.stdout, entries)
	case out == "":
		return render.Schemas(e.stdout, entries)
	}
	e.say("%s: %s", out, plural(len(entries), "schema"))
	return nil
}

// writeSchemas writes schemas into a folder, unless it is "", and lists them.
func writeSchemas(all []schema.Schema, folder string) ([]render.SchemaEntry, error) {
	if folder != "" {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, fmt.Errorf("make the folder of the schemas: %w", err)
		}
	}
	entries := make([]render.SchemaEntry, len(all))
	for i, s := range all {
		entries[i] = render.SchemaEntry{Name: s.Name, About: s.About, Written: s.Written}
		if folder == "" {
			continue
		}
		entries[i].File = filepath.Join(folder, s.Name+".json")
		if err := os.WriteFile(entries[i].File, s.JSON, 0o644); err != nil {
			return nil, fmt.Errorf("write schema %s: %w", s.Name, err)
		}
	}
	return entries, nil
}

// schemaNames completes the name of a schema.
func schemaNames(before []string) []cobra.Completion {
	all, err := schema.All()
	if err != nil || len(before) > 0 {
		return nil
	}
	names := make([]cobra.Completion, len(all))
	for i, s := range all {
		names[i] = cobra.CompletionWithDesc(s.Name, strings.TrimSpace(s.About))
	}
	return names
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

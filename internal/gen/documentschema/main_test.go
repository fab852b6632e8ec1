package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

const schemas = "../../../docs/schema"

// The schemas in docs are the ones of the code.
func TestSchemasAreCurrent(t *testing.T) {
	t.Parallel()
	files, err := generate("../documents")
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(schemas, name))
		require.NoError(t, err, "run go generate ./internal/gen/documents")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s is out of date, run go generate ./internal/gen/documents (-want +got):\n%s", name, diff)
		}
	}
}

// An editor has something to show for every key, in words for people: a title
// and a description that do not speak of Go types.
func TestEveryFieldIsDescribed(t *testing.T) {
	t.Parallel()
	files, err := generate("../documents")
	require.NoError(t, err)
	for name, data := range files {
		type object struct {
			Description string
			Properties  map[string]struct{ Title, Description string }
		}
		var schema struct {
			object
			Title string
			Defs  map[string]object `json:"$defs"`
		}
		require.NoError(t, json.Unmarshal(data, &schema))
		require.NotEmpty(t, schema.Title, name)
		objects := map[string]object{"The file": schema.object}
		maps.Copy(objects, schema.Defs)
		for def, o := range objects {
			for field, p := range o.Properties {
				require.NotEmpty(t, p.Title, "%s: %s.%s has no title", name, def, field)
				require.NotEmpty(t, p.Description, "%s: %s.%s has no comment", name, def, field)
			}
			if len(o.Properties) > 0 {
				require.NotEmpty(t, o.Description, "%s: %s has no comment", name, def)
				require.NotContains(t, o.Description, def+" is", name)
			}
		}
	}
}

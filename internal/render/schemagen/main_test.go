package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/gen/documents"
)

const schemas = "../../../docs/schema"

// The schemas in docs are the ones of the code.
func TestSchemasAreCurrent(t *testing.T) {
	t.Parallel()
	files, err := generate("..")
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(schemas, name))
		require.NoError(t, err, "run go generate ./internal/render")
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is out of date, run go generate ./internal/render (-want +got):\n%s", name, diff)
		}
	}
	there, err := filepath.Glob(filepath.Join(schemas, "*.json"))
	require.NoError(t, err)
	require.Len(t, there, len(files)+len(documents.All()), "a schema of no document is left over")
}

// Every field says what it is.
func TestEveryFieldIsDescribed(t *testing.T) {
	t.Parallel()
	comments, err := commentsOf("..")
	require.NoError(t, err)
	require.Contains(t, comments, base+".Money.Minor")
	files, err := generate("..")
	require.NoError(t, err)
	for name, data := range files {
		undescribed(t, name, data)
	}
}

func undescribed(t *testing.T, name string, data []byte) {
	t.Helper()
	type object struct {
		Properties map[string]struct{ Description string }
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(data, &schema))
	objects := map[string]object{"itself": schema.object}
	maps.Copy(objects, schema.Defs)
	for def, o := range objects {
		require.NotEmpty(t, o.Properties, "%s %s", name, def)
		for field, p := range o.Properties {
			require.NotEmpty(t, p.Description, "%s: %s.%s has no comment", name, def, field)
		}
	}
}

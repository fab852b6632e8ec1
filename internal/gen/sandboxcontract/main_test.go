package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTablesAreCurrent fails when somebody edits the schema, the generator or the
// tables and forgets go generate ./pkg/sandbox.
func TestTablesAreCurrent(t *testing.T) {
	t.Parallel()
	require.NoError(t, run("../schema.json", "../../../pkg/sandbox/contract_gen.go", true))
}

func TestSchemasThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for text, want := range map[string]string{
		`{`: "read schema",
		`{"objects":{"A":{"fields":{"a":{"type":"colour"}}}},"operations":[{"operationId":"x","requestBody":"A"}]}`:                                   `field a has the type "colour"`,
		`{"objects":{"A":{"fields":{"a":{"type":"string","constraints":{"pattern":"(?=x)"}}}}},"operations":[{"operationId":"x","requestBody":"A"}]}`: "pattern",
		`{"objects":{"A":{"fields":{"a":{"type":"int32","constraints":{"minimum":1.5}}}}},"operations":[{"operationId":"x","requestBody":"A"}]}`:      "bound 1.5",
		`{"objects":{"A":{"fields":{"a":{"type":"string"}}}},"operations":[{"operationId":"x","requestBody":"A"}]}`:                                   "is not current",
	} {
		path := filepath.Join(dir, "schema.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.ErrorContains(t, run(path, "../../../pkg/sandbox/contract_gen.go", true), want)
	}
}

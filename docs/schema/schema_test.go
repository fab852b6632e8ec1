package schema_test

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/docs/schema"
)

// Every schema is one by its own metaschema, says what it is about, and the ones of the
// files that people write come first.
func TestAll(t *testing.T) {
	t.Parallel()
	all, err := schema.All()
	require.NoError(t, err)
	require.Greater(t, len(all), 8)
	printed := false
	for _, s := range all {
		require.NotEmpty(t, s.About, s.Name)
		require.NotContains(t, s.About, "Document", s.Name)
		require.False(t, s.Written && printed, "%s comes behind what is printed", s.Name)
		printed = printed || !s.Written
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.JSON))
		require.NoError(t, err, s.Name)
		c := jsonschema.NewCompiler()
		require.NoError(t, c.AddResource(s.Name, doc))
		_, err = c.Compile(s.Name)
		require.NoError(t, err, s.Name)
	}
	require.Equal(t, "manifest", all[0].Name)
	require.True(t, printed)
}

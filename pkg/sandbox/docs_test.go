package sandbox_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestSwitchesOfTheDocs holds the table of docs/sandbox.md against the fields of a
// Behaviour, in their order, and their defaults.
func TestSwitchesOfTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/sandbox.md")
	require.NoError(t, err)
	data, err := json.Marshal(sandbox.DefaultBehaviour())
	require.NoError(t, err)
	var defaults map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &defaults))

	var want, got [][2]string
	for f := range reflect.TypeFor[sandbox.Behaviour]().Fields() {
		name := f.Tag.Get("json")
		want = append(want, [2]string{name, string(defaults[name])})
	}
	row := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| [^|]+ \\| `([^`|]+)` \\| [^|]+ \\|$")
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		got = append(got, [2]string{m[1], m[2]})
	}
	require.Empty(t, cmp.Diff(want, got))
}

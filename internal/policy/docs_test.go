package policy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/policy"
)

// TestDocs holds the table of variables in the guide against the code, and
// that its examples compile and are all named.
func TestDocs(t *testing.T) {
	t.Parallel()
	const path = "../../docs/policy.md"
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	guide := string(data)

	const head = "| variable | type | known over | what it is |\n|---|---|---|---|\n"
	before, rest, ok := strings.Cut(guide, head)
	require.True(t, ok)
	table, after, _ := strings.Cut(rest, "\n\n")
	var want strings.Builder
	for _, v := range policy.Variables() {
		over := make([]string, len(v.Over))
		for i, o := range v.Over {
			over[i] = string(o)
		}
		known := strings.Join(over, ", ")
		if len(over) == 3 {
			known = "everywhere"
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s |\n", v.Name, v.Type, known, v.Doc)
	}
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+head+strings.TrimSuffix(want.String(), "\n")+"\n\n"+after), 0o644))
		return
	}
	if diff := cmp.Diff(want.String(), table+"\n"); diff != "" {
		t.Errorf("variables (-code +guide):\n%s", diff)
	}

	for i, block := range strings.Split(guide, "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		switch {
		case strings.HasPrefix(text, "      when:"):
			text = "    - name: a\n      over: call\n" + text + "      deny: x\n"
			fallthrough
		case strings.HasPrefix(text, "    - name:"):
			text = "apiVersion: payreconcile/v1\nkind: Policy\nspec:\n  rules:\n" + text
		}
		_, err := policy.Parse("policy.yaml", []byte(text))
		require.NoError(t, err, "block %d", i)
	}
	files, err := filepath.Glob("../../examples/policy/*.yaml")
	require.NoError(t, err)
	for _, f := range files {
		require.Contains(t, guide, "../examples/policy/"+filepath.Base(f))
	}
}

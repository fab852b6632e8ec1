package policy_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var update = flag.Bool("update", false, "write the golden files")

// TestFaults reads the policies of testdata/faults.txtar, each NAME.yaml with
// what is wrong with it in NAME.txt.
func TestFaults(t *testing.T) {
	t.Parallel()
	const path = "testdata/faults.txtar"
	a, err := txtar.ParseFile(path)
	require.NoError(t, err)
	for i := 0; i+1 < len(a.Files); i += 2 {
		in, want := a.Files[i], &a.Files[i+1]
		require.Equal(t, strings.TrimSuffix(in.Name, ".yaml"), strings.TrimSuffix(want.Name, ".txt"))
		got := faults(t, in.Name, in.Data)
		if *update {
			want.Data = []byte(got)
			continue
		}
		if diff := cmp.Diff(string(want.Data), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in.Name, diff)
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(path, txtar.Format(a), 0o644))
	}
}

func faults(t *testing.T, name string, data []byte) string {
	t.Helper()
	_, err := policy.Parse(name, data)
	var all spec.Errors
	require.ErrorAs(t, err, &all, name)
	var b strings.Builder
	for _, e := range all {
		require.NotZero(t, e.Pos.Line, e.Msg)
		b.WriteString(e.Error() + "\n    " + e.Hint + "\n")
	}
	return b.String()
}

func TestBounds(t *testing.T) {
	t.Parallel()
	many := make([]string, policy.MaxRules+1)
	for i := range many {
		many[i] = "call: true"
	}
	compile(t, rules(many[1:]...))
	for name, tt := range map[string]struct{ text, want string }{
		"rules":      {rules(many...), "p.yaml:1005:7: spec.rules: has 201 rules, more than the 200 possible"},
		"expression": {rules("call: true || " + strings.Repeat(" ", 4096) + "false"), "p.yaml:7:13: spec.rules[0].when: is longer than 4096 bytes"},
		"file":       {rules("call: true") + "#" + strings.Repeat("x", policy.MaxBytes), "p.yaml: is longer than 65536 bytes"},
		"message":    {rules("call: true => deny: " + strings.Repeat("ä", 301)), "p.yaml:9:13: spec.rules[0].deny: is longer than 300 characters"},
		"loops":      {rules("call: [1]" + strings.Repeat(".map(x, x)", 11) + ".size() == 1"), "p.yaml:8:130: spec.rules[0].when: has 11 loops, more than the 10 possible"},
		"nesting":    {rules("call: " + strings.Repeat("(", 1000) + "true" + strings.Repeat(")", 1000)), "p.yaml:8:9: spec.rules[0].when: is nested deeper than the 32 levels possible"},
		"long sum":   {rules("call: 1" + strings.Repeat(" + 1", 100) + " > amount"), "spec.rules[0].when: is nested deeper than the 32 levels possible"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, faults1(t, tt.text), tt.want)
		})
	}
}

func faults1(t *testing.T, text string) string {
	t.Helper()
	_, err := policy.Parse("p.yaml", []byte(text))
	require.Error(t, err)
	return err.Error()
}

func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(path, []byte(house), 0o644))
	p, err := policy.Load(path)
	require.NoError(t, err)
	require.Equal(t, "house-rules", p.Name)
	require.Equal(t, 2, p.Rules())
	require.Equal(t, "400e24e9", p.SHA256()[:8])
	_, err = policy.Load(path + "x")
	require.ErrorContains(t, err, "policy.yamlx: cannot be read: no such file or directory")
}

// FuzzParse holds that no bytes bring the reader down or get past their
// bounds, and that what compiles can judge.
func FuzzParse(f *testing.F) {
	f.Add(house)
	f.Add(rules(`call: "\u00e4" + 'it''s' == ref`, `plan: [1].all(x, x > calls)`))
	f.Add("apiVersion: payreconcile/v1\nkind: Policy\nspec: {rules: [{name: a, over: call, when: \"am\\u006funt >\\\n  1\", deny: x}]}")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := policy.Parse("p.yaml", []byte(text))
		if err != nil {
			var all spec.Errors
			require.ErrorAs(t, err, &all)
			require.NotEmpty(t, all)
			return
		}
		require.LessOrEqual(t, p.Rules(), policy.MaxRules)
		judge(t, p, entry())
	})
}

package documents_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A tester is a test, or one draw of a property.
type tester interface {
	require.TestingT
	Helper()
	Context() context.Context
}

// decodes returns the faults of a manifest, none when it is valid.
func decodes(t tester, text string) spec.Errors {
	t.Helper()
	for _, err := range spec.Decode(t.Context(), spec.SourcesOf(spec.Inline("m.yaml", text)), spec.Options{}) {
		if err != nil {
			var faults spec.Errors
			require.ErrorAs(t, err, &faults)
			return faults
		}
	}
	return nil
}

// manifests gathers every manifest of this repository, and other YAML that
// stands beside them, by where it stands: examples, documentation, scripts of
// the command line, and the seeds of the decoder's fuzz tests.
func manifests(t *testing.T) map[string]string {
	t.Helper()
	const root = "../../../"
	all := map[string]string{}
	for _, pattern := range []string{"examples/*.yaml", "examples/*/*.yaml", "docs/*.md", "README.md", "cmd/payreconcile/testdata/script/*.txtar"} {
		files, err := filepath.Glob(root + pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			name := strings.TrimPrefix(file, root)
			switch filepath.Ext(file) {
			case ".md":
				for i, block := range strings.Split(string(data), "```yaml\n")[1:] {
					text, _, _ := strings.Cut(block, "```")
					all[name+" block "+strconv.Itoa(i)] = text
				}
			case ".txtar":
				for _, f := range txtar.Parse(data).Files {
					if strings.HasSuffix(f.Name, ".yaml") {
						all[name+" "+f.Name] = string(f.Data)
					}
				}
			default:
				all[name] = string(data)
			}
		}
	}
	seeds(t, root+"pkg/spec/fuzz_test.go", all)
	return all
}

// seeds takes the texts out of the source of the decoder's fuzz tests.
func seeds(t *testing.T, file string, all map[string]string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	before := len(all)
	ast.Inspect(f, func(n ast.Node) bool {
		v, is := n.(*ast.ValueSpec)
		if !is || (v.Names[0].Name != "manifests" && v.Names[0].Name != "flowItems") {
			return true
		}
		list, is := v.Values[0].(*ast.CompositeLit)
		require.True(t, is, v.Names[0].Name)
		for i, e := range list.Elts {
			text := literal(e)
			if v.Names[0].Name == "flowItems" {
				text = head + "    - " + text + "\n"
			}
			all["seed "+v.Names[0].Name+" "+strconv.Itoa(i)] = text
		}
		return false
	})
	require.Greater(t, len(all)-before, 50)
}

// head begins a manifest; items of its list may follow.
const head = "apiVersion: payreconcile/v1\nkind: Settlement\nspec:\n  currency: EUR\n  payments:\n"

// literal evaluates the sum of texts that a seed is.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.Ident:
		if e.Name == "head" {
			return head
		}
	}
	return ""
}

// Whatever the decoder takes, the schema takes.
func TestManifestsAreTakenByBoth(t *testing.T) {
	t.Parallel()
	e := openEditor(t, "manifest")
	valid := 0
	for name, text := range manifests(t) {
		if len(decodes(t, text)) > 0 {
			continue
		}
		valid++
		v := e.see(text)
		require.True(t, v.accepts(), "%s is valid, and the schema refuses it at %v\n%s", name, v, text)
	}
	require.Greater(t, valid, 70)
}

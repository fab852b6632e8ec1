package sdk_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// TestRetryTableOfTheDocs keeps docs/sdk.md true to what is sent again.
func TestRetryTableOfTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "sdk.md"))
	require.NoError(t, err)
	repeats := sdk.Repeats()
	for row, want := range map[string][]string{"| safe: they only read |": repeats["safe"], "| with an idempotence key, ": repeats["keyed"]} {
		_, line, found := strings.Cut(string(text), "\n"+row)
		require.True(t, found, row)
		line, _, _ = strings.Cut(line, "\n")
		var got []string
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(line, -1) {
			got = append(got, name[1])
		}
		slices.Sort(got)
		require.Empty(t, cmp.Diff(want, got), row)
	}
	require.Len(t, repeats["never"], 18)
}

// TestExamplesOfTheDocs finds every example that docs/sdk.md names.
func TestExamplesOfTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "sdk.md"))
	require.NoError(t, err)
	var code strings.Builder
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	more, err := filepath.Glob("webhooks/*_test.go")
	require.NoError(t, err)
	for _, name := range append(files, more...) {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		code.Write(data)
	}
	named := regexp.MustCompile("`(Example\\w+)`").FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(named), 20)
	for _, name := range named {
		require.True(t, strings.Contains(code.String(), "func "+name[1]+"()"), name[1])
	}
}

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever proposals are for is there.
func TestCompletersAreOfSomething(t *testing.T) {
	t.Parallel()
	e := &env{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }, now: time.Now}
	there := map[string]bool{}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		_, path, _ := strings.Cut(c.CommandPath(), " ")
		there[path] = true
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			there[f.Name], there[path+" "+f.Name] = true, true
		})
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(e))
	for name := range e.flagCompleters(&globals{}) {
		require.True(t, there[name], "there is no flag %q", name)
	}
	for name := range argumentCompleters() {
		require.True(t, there[name], "there is no command %q", name)
	}
}

// A proposal is one line with one tab, and nothing that a shell gives a meaning
// to, whatever a reference holds.
func TestProposalsAreText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text, ok := proposal(rapid.String().Draw(r, "value"), rapid.String().Draw(r, "description"))
		if !ok {
			return
		}
		require.Equal(r, 1, strings.Count(text, "\t"))
		require.NotContains(r, text, "\n")
		require.False(r, strings.ContainsAny(text, "$`\\\"'();|&<>{}[]*~#%^\r\x1b"), "%q", text)
	})
	text, ok := proposal("3066177123_0", "paid with 4111 1111 1111 1111")
	require.True(t, ok)
	require.Equal(t, "3066177123_0\t", text)
	_, ok = proposal("4111111111111111", "")
	require.False(t, ok)
}

// Not more is read than a shell waits for.
func TestProposalsAreBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("apiVersion: payreconcile/v1\nkind: Settlement\nspec:\n  currency: EUR\n  payments:\n")
	for i := range completionPayments + 100 {
		fmt.Fprintf(&b, "    - {id: %d_0}\n", 3_000_000_000+i)
	}
	many := filepath.Join(dir, "many.yaml")
	require.NoError(t, os.WriteFile(many, []byte(b.String()), 0o600))
	n := 0
	for range declared(t.Context(), []string{many}) {
		n++
	}
	require.LessOrEqual(t, n, completionPayments)
	require.Positive(t, n)

	b.WriteString(strings.Repeat("# "+strings.Repeat("x", 998)+"\n", completionBytes/1000))
	large := filepath.Join(dir, "large.yaml")
	require.NoError(t, os.WriteFile(large, []byte(b.String()), 0o600))
	srcs := beginnings([]string{large, many})
	require.Len(t, srcs, 1, "the first took all that may be read")
	require.LessOrEqual(t, srcs[0].Size, int64(completionBytes))
	require.Empty(t, beginnings([]string{"-", dir + "/none", os.DevNull}))
}

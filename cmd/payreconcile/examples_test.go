package main

import (
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

var update = flag.Bool("update", false, "write golden files")

// TestExamples validates, plans and applies every example against its seed, and
// plans it once more. What moved, by the ledger of the sandbox, is golden.
func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/manifests/*.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 8)
	var moved strings.Builder
	for _, file := range files {
		sb, environ := exampleSandbox(t)
		want := exitOK
		if strings.Contains(file, "blocked") {
			want = exitPartial
		}
		file, err := filepath.Abs(file)
		require.NoError(t, err)
		dir := t.TempDir()
		for _, step := range []struct {
			code int
			args []string
		}{
			{exitOK, []string{"validate", file}},
			{want, []string{"plan", "--out", "p.plan", file}},
			{want, []string{"apply", "--auto-approve", "p.plan"}},
			{want, []string{"plan", "--detailed-exitcode", file}},
		} {
			code, out := mustRun(t.Context(), t, dir, environ, step.args...)
			require.Equal(t, step.code, code, "%v\n%s", step.args, out)
			if step.args[1] == "--detailed-exitcode" {
				require.Contains(t, out, "No changes.")
			}
		}
		fmt.Fprintf(&moved, "%s\n", filepath.Base(file))
		for book := range sb.Ledger() {
			for _, m := range book.Movements {
				if m.Source != "seed" && m.Event == sandbox.Requested {
					fmt.Fprintf(&moved, "  %s %s %d %s %s\n", m.Operation, m.Kind, m.Amount, m.Currency, m.Reference)
				}
			}
		}
	}
	const golden = "testdata/examples.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(moved.String()), 0o600))
	}
	wanted, err := os.ReadFile(golden)
	require.NoError(t, err)
	if diff := cmp.Diff(string(wanted), moved.String()); diff != "" {
		t.Errorf("what the examples moved (-want +got):\n%s", diff)
	}
}

// exampleSandbox starts a sandbox with the examples' seed and returns the
// environment that reaches it.
func exampleSandbox(t *testing.T) (*sandbox.Sandbox, []string) {
	t.Helper()
	sb, err := sandbox.New(sandbox.Config{MerchantID: "shop-eu", APIKeyID: "sandbox-key", APISecret: "sandbox-secret"})
	require.NoError(t, err)
	seed, err := os.Open("../../examples/seed.jsonl")
	require.NoError(t, err)
	defer func() { require.NoError(t, seed.Close()) }()
	_, err = sb.LoadSeed(seed)
	require.NoError(t, err)
	server := httptest.NewServer(sb)
	t.Cleanup(server.Close)
	return sb, append(os.Environ(), "PAYRECONCILE_ENDPOINT="+server.URL, "PAYRECONCILE_MERCHANT_ID=shop-eu",
		"PAYRECONCILE_API_KEY_ID=sandbox-key", "PAYRECONCILE_API_SECRET=sandbox-secret",
		"PAYRECONCILE_CAPTURE_AMOUNT_UNIT=minor", "PAYRECONCILE_JOURNAL="+filepath.Join(t.TempDir(), "journal.db"))
}

// TestDocumentedCommands runs every command that the README and the guides
// show: the lines that start with "$ bin/payreconcile" or "$ sed" in blocks
// marked console, in order, in a folder with the examples. They end well, or as
// a comment behind them says: # exits with 7: one is blocked.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	docs, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	total := 0
	for _, doc := range append(docs, "../../README.md") {
		text, err := os.ReadFile(doc)
		require.NoError(t, err)
		commands := consoleCommands(string(text))
		if !strings.Contains(strings.Join(commands, "\n"), "bin/payreconcile") {
			continue // what is shown there needs a person at a terminal
		}
		total += len(commands)
		_, environ := exampleSandbox(t)
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../../examples")))
		for _, c := range commands {
			cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(c, "bin/payreconcile", "payreconcile"))
			cmd.Dir, cmd.Env = dir, environ
			out, _ := cmd.CombinedOutput() // its exit code says how it ended
			want := exitOK
			if _, code, said := strings.Cut(c, "# exits with "); said {
				var err error
				want, err = strconv.Atoi(strings.TrimRight(strings.SplitAfter(code, ":")[0], ":"))
				require.NoError(t, err, "%s: $ %s", doc, c)
			}
			if want == exitOK && cmd.ProcessState.ExitCode() == exitPartial && strings.Contains(c, "blocked") {
				continue
			}
			require.Equal(t, want, cmd.ProcessState.ExitCode(), "%s: $ %s\n%s", doc, c, out)
		}
	}
	require.Greater(t, total, 5)
}

// TestDocumentedPolicies compiles every whole policy that the README and the
// guides show.
func TestDocumentedPolicies(t *testing.T) {
	t.Parallel()
	docs, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	whole := 0
	for _, doc := range append(docs, "../../README.md") {
		text, err := os.ReadFile(doc)
		require.NoError(t, err)
		for _, block := range strings.Split(string(text), "```yaml\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			if strings.Contains(block, "\nkind: Policy\n") {
				whole++
				_, err := policy.Parse(doc, []byte(block))
				require.NoError(t, err)
			}
		}
	}
	require.Positive(t, whole)
}

// consoleCommands returns the commands of a document's console blocks, but for
// the sandbox, which is running already.
func consoleCommands(text string) (commands []string) {
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && (strings.HasPrefix(line, "$ bin/payreconcile") || strings.HasPrefix(line, "$ sed ")) && !strings.HasPrefix(line, "$ bin/payreconcile sandbox --"):
			commands = append(commands, strings.TrimPrefix(line, "$ "))
		}
	}
	return commands
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// bashCompletion is where Debian's package bash-completion puts its functions.
const bashCompletion = "/usr/share/bash-completion/bash_completion"

// bashWords stands in for them where they are not: it takes words as they are,
// also with = and : in them, which is what the script asks for.
const bashWords = `_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }
compopt() { :; }
__ltrim_colon_completions() { :; }
`

// TestBash asks the script that bash runs for its proposals. References that
// would be commands stay text, whatever bash does with them.
func TestBash(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shop.yaml"), []byte(`apiVersion: payreconcile/v1
kind: Settlement
metadata: {name: x, labels: {desk: eu}}
spec:
  currency: EUR
  payments:
    - {id: 3066177123_0, merchantReference: "$(touch pwned)"}
    - {id: 3066177124_0, merchantReference: "`+"`touch pwned`"+`"}
    - {id: 3066177125_0, merchantReference: "'; touch pwned; '"}
`), 0o600))
	functions := bashWords
	if _, err := os.Stat(bashCompletion); err == nil {
		functions = "source " + bashCompletion + "\ncompopt() { :; }\n"
	}
	ask := func(kind string, words ...string) []string {
		t.Helper()
		script := functions + `source <(payreconcile completion bash)
COMP_WORDS=(payreconcile "$@")
COMP_CWORD=$#
COMP_LINE="${COMP_WORDS[*]}"
COMP_POINT=${#COMP_LINE}
COMP_TYPE=` + kind + `
__start_payreconcile
printf '%s\n' "${COMPREPLY[@]}"
`
		cmd := exec.CommandContext(t.Context(), bash, append([]string{"--norc", "-c", script, "bash"}, words...)...)
		cmd.Dir = dir
		out, err := cmd.Output()
		require.NoError(t, err)
		require.NoFileExists(t, filepath.Join(dir, "pwned"))
		return strings.Split(strings.TrimSpace(string(out)), "\n")
	}
	const list, menu, next = "63", "37", "9" // tab twice, menu-complete, tab
	for _, kind := range []string{list, menu, next} {
		got := ask(kind, "plan", "shop.yaml", "--payment", "30")
		require.Len(t, got, 3, "%q", got)
		for _, line := range got {
			require.True(t, strings.HasPrefix(line, "306617712"), line)
			require.NotContains(t, line, "$")
		}
	}
	for _, tt := range []struct{ words, want []string }{
		{[]string{"plan", "shop.yaml", "--payment", "3066177124"}, []string{"3066177124_0"}},
		{[]string{"plan", "shop.yaml", "--selector", "d"}, []string{"desk=eu"}},
		{[]string{"sch"}, []string{"schema"}},
		{[]string{"schema", "mani"}, []string{"manifest"}},
	} {
		if diff := cmp.Diff(tt.want, ask(next, tt.words...)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.words, diff)
		}
	}
}

package journal_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// modernc.org/sqlite is translated against one version of modernc.org/libc and
// breaks without a word on another.
func TestLibcVersion(t *testing.T) {
	t.Parallel()
	type module struct {
		Version, GoMod string
		Replace        *module
	}
	list := func(name string) (m module) {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "-json", name)
		cmd.Env = append(cmd.Environ(), "GOPROXY=off")
		out, err := cmd.Output()
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(out, &m))
		require.Nil(t, m.Replace, "%s is replaced", name)
		return m
	}
	sqlite, libc := list("modernc.org/sqlite"), list("modernc.org/libc")
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", sqlite.GoMod).Output()
	require.NoError(t, err)
	var own struct {
		Require []struct{ Path, Version string }
	}
	require.NoError(t, json.Unmarshal(out, &own))
	for _, r := range own.Require {
		if r.Path == "modernc.org/libc" {
			require.Equal(t, r.Version, libc.Version, "run: go get modernc.org/libc@%s", strings.TrimSpace(r.Version))
			return
		}
	}
	t.Fatal("modernc.org/sqlite names no version of modernc.org/libc")
}

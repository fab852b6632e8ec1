package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// TestDamagedJournal damages the journal of an apply that did not get to its
// end: bytes in the middle of a file, or all behind them. A resume either sees
// it, says so and sends nothing more, or goes on with what is left; no money
// moves twice either way. With the files from the backup everything is finished.
func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	template := worldTemplate(t)
	refused, step := 0, 1
	if raceDetector {
		step = 5
	}
	for _, suffix := range []string{"", "-wal"} {
		for i := 0; i < 12; i += step {
			g := &trapdoor{sb: newPlatform(t)}
			w := newWorld(t, g.sb, g, template)
			args := []string{"apply", "--auto-approve", "--parallelism", "1", "world.plan"}
			if suffix == "" { // an end in good order leaves everything in the journal itself
				args = append(args, "--max-calls", "6")
			}
			hit, _ := w.kill(t, g, committed, 8, args...)
			require.Equal(t, suffix != "", hit)
			path := filepath.Join(w.dir, "journal.db")
			backup := t.TempDir()
			require.NoError(t, os.CopyFS(backup, os.DirFS(w.dir)))
			what := damage(t, path+suffix, i)
			code, out := mustRun(t.Context(), t, w.dir, w.environ, "resume", "--parallelism", "1")
			requireNothingTwice(t, g)
			if code == exitError {
				refused++
				require.Regexp(t, "restore it|restore the newest|name another one|altered", out, what)
			}
			gone, err := filepath.Glob(path + "*")
			require.NoError(t, err)
			for _, name := range gone {
				require.NoError(t, os.Remove(name))
			}
			for _, s := range []string{"", "-wal"} {
				if data, err := os.ReadFile(filepath.Join(backup, "journal.db"+s)); err == nil {
					require.NoError(t, os.WriteFile(path+s, data, 0o600))
				}
			}
			w.finish(t)
			moved, _ := movements(w.sb)
			if diff := cmp.Diff(worldMoves, moved); diff != "" {
				t.Fatalf("%s: what moved (-want +got):\n%s", what, diff)
			}
		}
	}
	require.Positive(t, refused)
}

// damage flips bytes in a file, or cuts it off, in the i-th place.
func damage(t *testing.T, name string, i int) string {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	at := len(data) * (i / 2) / 6
	what := fmt.Sprintf("%s, byte %d of %d", filepath.Base(name), at, len(data))
	if i%2 == 0 {
		for k := at; k < min(at+64, len(data)); k++ {
			data[k] ^= 0xff
		}
		what = "flipped " + what
	} else {
		data = data[:at]
		what = "truncated " + what
	}
	require.NoError(t, os.WriteFile(name, data, 0o600))
	return what
}

// requireNothingTwice proves that nothing moved but what was declared, and that
// once.
func requireNothingTwice(t *testing.T, g *trapdoor) {
	t.Helper()
	moved, _ := movements(g.sb)
	left := worldMoves
	for line := range strings.Lines(moved) {
		before := left
		left = strings.Replace(left, line, "", 1)
		require.NotEqual(t, before, left, "%q is not declared, or moved twice:\n%s", line, moved)
	}
}

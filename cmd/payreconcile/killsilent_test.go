package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
)

// TestKillWithoutEcho kills applies before a platform that does not return our
// references. What was under way may then be ours or somebody else's: resume
// leaves it in doubt and sends it to nobody, until a person who looked says that
// it was made. Every movement happens once.
func TestKillWithoutEcho(t *testing.T) {
	t.Parallel()
	template := worldTemplate(t)
	for _, at := range few(committed, answered, sentLost, afterCommit) {
		doubts := 0
		for n := 2; ; n += 4 {
			g := &trapdoor{sb: newPlatform(t)}
			b := g.sb.Behaviour()
			b.EchoReferences = false
			require.NoError(t, g.sb.SetBehaviour(b))
			w := newWorld(t, g.sb, g, template)
			hit, _ := w.kill(t, g, at, n, "apply", "--auto-approve", "--parallelism", "1", "world.plan")
			doubts += w.settleByLooking(t)
			w.finish(t)
			w.judge(t)
			if t.Failed() {
				t.Fatalf("killed %s, number %d", at, n)
			}
			if !hit {
				break
			}
		}
		t.Logf("killed %s: %d calls were settled by a person's word", at, doubts)
		require.True(t, at != committed || doubts > 0)
	}
}

// settleByLooking resumes, and says of every call that is still in doubt what
// the platform's ledger shows. It returns how many there were.
func (w *world) settleByLooking(t *testing.T) (n int) {
	t.Helper()
	code, out := mustRun(t.Context(), t, w.dir, w.environ, "resume", "--parallelism", "1")
	if code != exitInDoubt {
		require.Contains(t, []int{exitOK, exitPartial}, code, out)
		return 0
	}
	require.Contains(t, out, "IN DOUBT")
	_, before := movements(w.sb)
	j, err := journal.Open(t.Context(), journal.Config{
		Path: filepath.Join(w.dir, "journal.db"), Environment: "sandbox", Merchant: "M", Mode: journal.ReadOnly,
	})
	require.NoError(t, err)
	open, err := j.Open(t.Context(), 0)
	require.NoError(t, err)
	require.NoError(t, j.Close())
	args := []string{"resume", "--reason", "seen in the ledger", "--parallelism", "1"}
	for _, i := range open {
		require.Contains(t, before, string(i.Key), "in doubt, and never made")
		args = append(args, "--settle", fmt.Sprintf("%s/%s/%s=done", i.Payment, i.Op, i.Ref))
	}
	code, out = mustRun(t.Context(), t, w.dir, w.environ, args...)
	require.Contains(t, []int{exitOK, exitPartial}, code, out)
	return len(open)
}

//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// TestFullDisk gives an apply a disk that is full after ever more bytes, which
// is a limit on the size of a file. Whatever was sent is in the journal, the exit
// code says whether anything was, and once there is room the rest is made.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	template := worldTemplate(t)
	step := 20
	if raceDetector {
		step = 110
	}
	codes := map[int]int{}
	for blocks := 30; codes[exitPartial] == 0; blocks += step {
		sb := newPlatform(t)
		w := newWorld(t, sb, sb, template)
		cmd := exec.CommandContext(t.Context(), "sh", "-c",
			fmt.Sprintf("ulimit -f %d; exec payreconcile apply --auto-approve --parallelism 1 world.plan", blocks))
		var out, errOut bytes.Buffer
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.dir, w.environ, &out, &errOut
		_ = cmd.Run() // how it ended is in its state
		code := cmd.ProcessState.ExitCode()
		codes[code]++
		_, keys := movements(sb)
		switch code {
		case exitError:
			require.Empty(t, keys, "an error before anything was sent: %s%s", &out, &errOut)
		case exitInDoubt, exitInterrupted:
			require.NotEmpty(t, keys)
		default:
			require.Equal(t, exitPartial, code) // one payment is blocked
			require.Len(t, keys, 15)
			require.Regexp(t, `audit head \d+ |no head of the audit log could be made: .* the disk failed`, errOut.String())
		}
		if code != exitPartial {
			require.Equal(t, 1, strings.Count(errOut.String(), "payreconcile: "), &errOut) // said once
			require.Contains(t, errOut.String(), "the disk failed: check it, then run resume")
		}
		calls := w.calls(t)
		for _, key := range keys {
			require.Contains(t, calls, plan.Key(key))
		}
		w.finish(t)
		w.judge(t)
	}
	t.Logf("exit codes: %v", codes)
	require.Positive(t, codes[exitError])
	require.Positive(t, codes[exitInDoubt]+codes[exitInterrupted])
}

// TestJournalRemoved removes the journal while a call is under way, the first one
// and one in the middle. What happens to that call cannot be recorded any more, so
// it is in doubt, and no other is begun: what is written to a file without a name
// is not on record.
func TestJournalRemoved(t *testing.T) {
	t.Parallel()
	template := worldTemplate(t)
	for _, n := range []int64{1, 6} {
		for _, pattern := range few("journal.db*", "journal.db", "journal.db-wal", "journal.db.lock") {
			sb := newPlatform(t)
			p := newPause(sb, n, false)
			w := newWorld(t, sb, p, template)
			x := w.start(t, "apply", "--auto-approve", "--parallelism", "1", "world.plan")
			<-p.held
			removed, err := filepath.Glob(filepath.Join(w.dir, pattern))
			require.NoError(t, err)
			for _, name := range removed {
				require.NoError(t, os.Rename(name, name+".away"))
			}
			close(p.goOn)
			require.Equal(t, exitInDoubt, x.wait(), "%s%s", &x.out, &x.errOut)
			require.Equal(t, n, p.calls.Load(), "calls were made after the journal was removed")
			require.Contains(t, x.errOut.String(), "was removed or replaced")
			for _, name := range removed {
				require.NoError(t, os.Rename(name+".away", name))
			}
			w.finish(t)
			w.judge(t)
		}
	}
}

// TestReadOnlyJournal takes away the right to write, to the journal, to its folder
// and to both: nothing is sent, and it is said what has to be changed.
func TestReadOnlyJournal(t *testing.T) {
	t.Parallel()
	template := worldTemplate(t)
	for _, tt := range []struct {
		file, folder os.FileMode
		says         string
	}{
		{0o400, 0o700, "make both writable"},
		{0o600, 0o500, "its folder must be writable"},
		{0o400, 0o500, "its folder must be writable"},
	} {
		g := &trapdoor{sb: newPlatform(t)}
		w := newWorld(t, g.sb, g, template)
		journalFile := filepath.Join(w.dir, "journal.db")
		cmd := w.unprivileged(t, "apply", "--auto-approve", "world.plan")
		require.NoError(t, os.Chmod(journalFile, tt.file))
		require.NoError(t, os.Chmod(w.dir, tt.folder))
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Equal(t, exitError, cmd.ProcessState.ExitCode(), "%s", out)
		require.Equal(t, 1, bytes.Count(out, []byte("payreconcile: ")), "%s", out) // said once
		require.Contains(t, string(out), tt.says)
		moved, _ := movements(g.sb)
		require.Empty(t, moved)
		require.NoError(t, os.Chmod(w.dir, 0o700))
		require.NoError(t, os.Chmod(journalFile, 0o600))
		w.finish(t)
		w.judge(t)
	}
}

// unprivileged is the program as somebody for whom the rights of files count,
// who owns the folder: root is nobody for that.
func (w *world) unprivileged(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	name, err := exec.LookPath("payreconcile")
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = w.dir, w.environ
	if os.Geteuid() != 0 {
		return cmd
	}
	const nobody = 65534
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Path = filepath.Join(w.dir, "payreconcile") // where nobody gets at it
	require.NoError(t, os.Link(name, cmd.Path))
	require.NoError(t, os.Chmod(filepath.Dir(w.dir), 0o711))
	names, err := filepath.Glob(filepath.Join(w.dir, "*"))
	require.NoError(t, err)
	for _, name := range append(names, w.dir) {
		if name != cmd.Path {
			require.NoError(t, os.Chown(name, nobody, nobody))
		}
	}
	return cmd
}

package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/journal/pgtest"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// childVar makes the test program the child of TestKill: it holds the path of
// the journal and the number of the first payment.
const childVar = "PAYRECONCILE_TEST_JOURNAL_CHILD"

func TestMain(m *testing.M) {
	if job := os.Getenv(childVar); job != "" {
		if err := child(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(pgtest.Run(m))
}

// child records intents and outcomes until it is killed, and prints a line for
// each that was acknowledged.
func child(job string) error {
	if path, ok := strings.CutPrefix(job, "plans "); ok {
		return planner(path)
	}
	var first int
	var path string
	if _, err := fmt.Sscanf(job, "%d %s", &first, &path); err != nil {
		return err
	}
	j, err := journal.Open(context.Background(), patient(path))
	if err != nil {
		return err
	}
	errs := make(chan error)
	for c := range 8 {
		go func() {
			for n := c; ; n += 8 {
				i := intent(first + n)
				seq, err := j.Intend(context.Background(), i)
				if err != nil {
					errs <- err
					return
				}
				fmt.Println("intended", seq, i.Payment) // one write
				if err := j.Conclude(seq, apply.Outcome{State: plan.StateSettled})(); err != nil {
					errs <- err
					return
				}
				fmt.Println("settled", seq, i.Payment)
			}
		}()
	}
	return <-errs
}

// patient waits for the lease of a process that was killed, which is short.
func patient(path string) journal.Config {
	cfg := config(path, journal.Write)
	cfg.Lease, cfg.CallTimeout, cfg.LockTimeout = time.Second, 100*time.Millisecond, eventually
	return cfg
}

// Whatever was acknowledged before a process died is there afterwards, and
// others are not kept out for longer than they have to be.
func TestKill(t *testing.T) {
	t.Parallel()
	onBoth(t, kill)
}

func kill(t *testing.T, fresh func(*testing.T) string) {
	path := fresh(t)
	rnd := rand.New(rand.NewPCG(5, 6))
	acknowledged := map[string]string{} // "seq payment" and the last word about it
	for round := range 3 {
		for _, line := range killed(t, fmt.Sprintf("%d %s", round*1_000_000, path), 1+rnd.IntN(600)) {
			word, what, ok := strings.Cut(line, " ")
			if ok && acknowledged[what] != "settled" {
				acknowledged[what] = word
			}
		}
		j, err := journal.Open(t.Context(), patient(path))
		require.NoError(t, err)
		wantAcknowledged(t, j, acknowledged)
		report, err := j.Check(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, report.Faults)
		require.NoError(t, j.Close())
	}
	require.NotEmpty(t, acknowledged)
}

// wantAcknowledged looks for what was acknowledged.
func wantAcknowledged(t *testing.T, j *journal.Journal, acknowledged map[string]string) {
	t.Helper()
	have := map[string]plan.State{}
	for i, err := range j.List(t.Context(), journal.Filter{}) {
		require.NoError(t, err)
		have[fmt.Sprint(i.Seq, " ", i.Payment)] = i.State
	}
	for what, word := range acknowledged {
		require.Contains(t, have, what)
		if word == "settled" {
			require.Equal(t, plan.StateSettled, have[what], what)
		}
	}
}

// A process that is paused while it works, for longer than its lease, comes
// back to find that another one has taken over: it ends, what it had been told
// is there, and what the other one did stands.
func TestPaused(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"=0 "+dsn)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	acknowledged := map[string]string{}
	hear := func(s *bufio.Scanner) {
		if word, what, ok := strings.Cut(s.Text(), " "); ok && acknowledged[what] != "settled" {
			acknowledged[what] = word
		}
	}
	lines := bufio.NewScanner(out)
	for n := 0; n < 100 && lines.Scan(); n++ {
		hear(lines)
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP))
	j, err := journal.Open(t.Context(), patient(dsn))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	record(t, j, ordered(1_000_100)[1_000_000:])
	require.NoError(t, cmd.Process.Signal(syscall.SIGCONT))
	for lines.Scan() {
		hear(lines)
	}
	require.Error(t, cmd.Wait())
	// 25P03: it was paused in a transaction, which the server has ended.
	require.Regexp(t, `another process has taken over this journal|25P03`, said.String())
	require.Len(t, seqs(t, j, journal.Filter{State: plan.StateAccepted}), 100)
	wantAcknowledged(t, j, acknowledged)
	report, err := j.Check(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Faults)
}

// killed starts a child, kills it when it has printed that many lines, and
// returns all that it printed, but for a line that was cut off.
func killed(t *testing.T, job string, lines int) (printed []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+job)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			break
		}
		printed = append(printed, strings.TrimSpace(line))
		if len(printed) == lines {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	require.ErrorContains(t, cmd.Wait(), "killed")
	return printed
}

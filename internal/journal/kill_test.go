package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
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
	os.Exit(m.Run())
}

// child records intents and outcomes until it is killed, and prints a line for
// each that was acknowledged.
func child(job string) error {
	var first int
	var path string
	if _, err := fmt.Sscanf(job, "%d %s", &first, &path); err != nil {
		return err
	}
	j, err := journal.Open(context.Background(), config(path, journal.Write))
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

// Whatever was acknowledged before a process died is there afterwards, and the
// lock is not.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "j.db")
	rnd := rand.New(rand.NewPCG(5, 6))
	acknowledged := map[string]string{} // "seq payment" and the last word about it
	for round := range 4 {
		for _, line := range killed(t, fmt.Sprintf("%d %s", round*1_000_000, path), 1+rnd.IntN(600)) {
			word, what, ok := strings.Cut(line, " ")
			if ok && acknowledged[what] != "settled" {
				acknowledged[what] = word
			}
		}
		j := mustOpen(t, path, journal.Write)
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
		report, err := j.Check(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, report.Faults)
		require.NoError(t, j.Close())
	}
	require.NotEmpty(t, acknowledged)
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

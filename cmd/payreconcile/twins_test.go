package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A twin is one of two programs that run at the same time.
type twin struct {
	cmd         *exec.Cmd
	out, errOut bytes.Buffer
}

func (w *world) start(t *testing.T, args ...string) *twin {
	t.Helper()
	x := &twin{cmd: exec.CommandContext(t.Context(), "payreconcile", args...)}
	x.cmd.Dir, x.cmd.Env, x.cmd.Stdout, x.cmd.Stderr = w.dir, w.environ, &x.out, &x.errOut
	require.NoError(t, x.cmd.Start())
	return x
}

func (x *twin) wait() int {
	_ = x.cmd.Wait() // how it ended is in its state
	return x.cmd.ProcessState.ExitCode()
}

// A door lets nobody in until it is opened.
type door struct {
	inner   http.Handler
	opened  chan struct{}
	knocked chan string // ids of the payments that were asked for
}

func newDoor(inner http.Handler) *door {
	return &door{inner: inner, opened: make(chan struct{}), knocked: make(chan string, 1000)}
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.knocked <- arrivalOf(r).payment
	<-d.opened
	d.inner.ServeHTTP(w, r)
}

// TestTwinsOnOneJournal starts two programs on one journal at the same moment.
// One of them does the work; the other says that it is locked out, and has sent
// nothing by then.
func TestTwinsOnOneJournal(t *testing.T) {
	t.Parallel()
	template := worldTemplate(t)
	for range few(1, 2, 3) {
		sb := newPlatform(t)
		d := newDoor(sb)
		w := newWorld(t, sb, d, template)
		args := []string{"apply", "--auto-approve", "--parallelism", "1", "world.plan"}
		twins := []*twin{w.start(t, args...), w.start(t, args...)}
		ended := make(chan int, 2)
		codes := make([]int, 2)
		for i, x := range twins {
			go func() {
				codes[i] = x.wait()
				ended <- i
			}()
		}
		first := <-ended // nobody is let in before, so that it cannot have done the work
		require.Equal(t, exitLocked, codes[first], twins[first].errOut.String())
		require.Contains(t, twins[first].errOut.String(), "another process is working with this journal")
		<-d.knocked // the other one, with the only call that it makes at a time
		code, out := mustRun(t.Context(), t, w.dir, w.environ, "resume")
		require.Equal(t, exitLocked, code, out)
		require.Empty(t, d.knocked)
		moved, _ := movements(sb)
		require.Empty(t, moved)
		close(d.opened)
		second := <-ended
		require.Equal(t, exitPartial, codes[second], twins[second].errOut.String()) // one payment is blocked
		w.finish(t)
		w.judge(t)
	}
}

// TestTwinsWithJournalsOfTheirOwn applies one plan from two machines that know
// nothing of each other, at the same moment. Every movement happens once, and
// what either says of it is true. The journals are finished afterwards.
func TestTwinsWithJournalsOfTheirOwn(t *testing.T) {
	t.Parallel()
	templates := []string{worldTemplate(t), worldTemplate(t)}
	requireSameContent(t, templates)
	for _, parallelism := range few(1, 1, 8, 8) {
		sb := newPlatform(t)
		var machines []*world
		var doors []*door
		var twins []*twin
		for _, template := range templates {
			d := newDoor(sb)
			w := newWorld(t, sb, d, template)
			machines, doors = append(machines, w), append(doors, d)
			twins = append(twins, w.start(t, "apply", "--auto-approve", "--json", "--parallelism", strconv.Itoa(parallelism), "world.plan"))
		}
		for _, d := range doors {
			<-d.knocked
		}
		for _, d := range doors {
			close(d.opened)
		}
		for i, x := range twins {
			code := x.wait()
			require.Contains(t, []int{exitPartial, exitInDoubt}, code, x.errOut.String())
			counts := machines[i].requireHonest(t, x, code)
			t.Logf("machine %d, %d calls at a time: %+v", i+1, parallelism, counts)
		}
		for _, w := range machines {
			w.finish(t)
		}
		judgeAll(t, machines)
	}
}

// TestTwinKilled kills one of two machines in the middle of its apply, while the
// other goes on, and finishes both.
func TestTwinKilled(t *testing.T) {
	t.Parallel()
	templates := []string{worldTemplate(t), worldTemplate(t)}
	for i, at := range few(moments...) {
		sb := newPlatform(t)
		g := &trapdoor{sb: sb}
		killed, other := newWorld(t, sb, g, templates[0]), newWorld(t, sb, sb, templates[1])
		x := other.start(t, "apply", "--auto-approve", "--json", "--parallelism", "2", "world.plan")
		hit, late := killed.kill(t, g, at, 2+2*i, "apply", "--auto-approve", "--parallelism", "2", "world.plan")
		code := x.wait()
		require.Contains(t, []int{exitPartial, exitInDoubt}, code, x.errOut.String())
		other.requireHonest(t, x, code)
		t.Logf("killed %s: %t", at, hit)
		killed.finish(t)
		other.finish(t)
		if late != nil {
			late()
		}
		judgeAll(t, []*world{killed, other})
	}
}

// requireSameContent proves that two machines made the same plan.
func requireSameContent(t *testing.T, templates []string) {
	t.Helper()
	var ids []string
	for _, dir := range templates {
		p, err := readPlan(filepath.Join(dir, "world.plan"), plan.Verify)
		require.NoError(t, err)
		ids = append(ids, p.footer.ContentID)
		p.close()
	}
	require.Equal(t, ids[0], ids[1])
}

// requireHonest holds what a program said against the ledger.
func (w *world) requireHonest(t *testing.T, x *twin, code int) render.RunCounts {
	t.Helper()
	var said render.RunDocument
	require.NoError(t, json.Unmarshal(x.out.Bytes(), &said), "%s", &x.out)
	byKey := map[string]sandbox.Movement{}
	for book := range w.sb.Ledger() {
		for _, m := range book.Movements {
			if m.Key != "" && m.Event == sandbox.Requested {
				byKey[m.Key] = m
			}
		}
	}
	calls := w.calls(t)
	require.Equal(t, code == exitInDoubt, said.Summary.Counts.Unknown > 0)
	for _, r := range said.Results {
		m, moved := byKey[r.Action.Key]
		state, begun := calls[plan.Key(r.Action.Key)]
		switch apply.Status(r.Status) {
		case apply.StatusAccepted, apply.StatusSettled:
			require.True(t, moved || r.Action.Key == "", "%+v", r)
			if moved {
				require.Equal(t, m.Operation, r.OperationID)
			}
		case apply.StatusRefused:
			require.False(t, moved, "%+v", r)
		case apply.StatusStale, apply.StatusSkipped:
			require.True(t, !begun || state == plan.StateWithdrawn, "%+v: %s", r, state)
		case apply.StatusUnknown:
			require.True(t, begun, "%+v", r)
		case apply.StatusPending, apply.StatusDeferred, apply.StatusBlocked:
		}
	}
	return said.Summary.Counts
}

// judgeAll holds the ledger against what was declared, and every journal
// against the ledger.
func judgeAll(t *testing.T, machines []*world) {
	t.Helper()
	moved, keys := movements(machines[0].sb)
	if diff := cmp.Diff(worldMoves, moved); diff != "" {
		t.Fatalf("what moved (-want +got):\n%s", diff)
	}
	known := map[string]bool{}
	for _, w := range machines {
		for key, state := range w.calls(t) {
			if state == plan.StateWithdrawn {
				continue
			}
			require.Contains(t, keys, string(key), "%s", state)
			require.Contains(t, []plan.State{plan.StateAccepted, plan.StateSettled}, state)
			known[string(key)] = true
		}
	}
	for _, key := range keys {
		require.True(t, known[key], "money moved under key %s, which is in no journal", key)
	}
}

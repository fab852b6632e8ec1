//go:build unix

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A pause holds the n-th call that moves money until it is told to go on.
type pause struct {
	inner http.Handler
	n     int64
	done  bool          // the platform does it before it is held
	held  chan struct{} // closed when it is there
	goOn  chan struct{}
	calls atomic.Int64
}

func newPause(inner http.Handler, n int64, done bool) *pause {
	return &pause{inner: inner, n: n, done: done, held: make(chan struct{}), goOn: make(chan struct{})}
}

// ServeHTTP is for a program that makes one request at a time.
func (p *pause) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || p.calls.Add(1) != p.n {
		p.inner.ServeHTTP(w, r)
		return
	}
	said := httptest.NewRecorder()
	if p.done {
		p.inner.ServeHTTP(said, r)
	}
	close(p.held)
	<-p.goOn
	if !p.done {
		p.inner.ServeHTTP(said, r)
	}
	write(w, said.Code, said.Header(), said.Body.Bytes())
}

// TestInterrupt interrupts an apply while a call is under way: its answer is
// waited for and recorded, nothing more is sent, and resume makes the rest.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	template := worldTemplate(t)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		sb := newPlatform(t)
		p := newPause(sb, 5, false)
		w := newWorld(t, sb, p, template)
		w.environ = append(w.environ, envHeard+"=heard")
		x := w.start(t, "apply", "--auto-approve", "--parallelism", "1", "--ci", "gitlab", "--junit", "run.xml", "world.plan")
		<-p.held
		w.interrupt(t, x, s)
		close(p.goOn)
		require.Equal(t, exitInterrupted, x.wait(), "%s%s", &x.out, &x.errOut)
		require.Contains(t, x.out.String(), "ended early: interrupted")
		require.Contains(t, x.out.String(), "next: run payreconcile resume; it makes the calls that were not made")
		require.EqualValues(t, 5, p.calls.Load())
		report, err := os.ReadFile(filepath.Join(w.dir, "run.xml"))
		require.NoError(t, err)
		require.Contains(t, string(report), `failures="0" errors="0"`)
		require.Contains(t, string(report), `<property name="stopped" value="interrupted`)
		require.Equal(t, 5, strings.Count(string(report), "<system-out>settled"), "%s", report)
		told, err := os.ReadFile(filepath.Join(w.dir, "payreconcile.env"))
		require.NoError(t, err)
		require.Contains(t, string(told), "PAYRECONCILE_RESUME_NEEDED=true\n")
		for key, state := range w.calls(t) {
			require.Contains(t, []plan.State{plan.StateAccepted, plan.StateSettled}, state, key)
		}
		_, keys := movements(sb)
		require.Len(t, keys, 5)
		w.finish(t)
		w.judge(t)
	}
}

// interrupt sends a signal and waits until the program has taken notice of it.
func (w *world) interrupt(t *testing.T, x *twin, s os.Signal) {
	t.Helper()
	require.NoError(t, x.cmd.Process.Signal(s))
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(w.dir, "heard"))
		return err == nil
	}, 20*time.Second, time.Millisecond)
}

// TestInterruptTwice interrupts an apply that waits for an answer, and once more:
// it ends at once, and loses nothing.
func TestInterruptTwice(t *testing.T) {
	t.Parallel()
	template := worldTemplate(t)
	for _, done := range []bool{false, true} {
		sb := newPlatform(t)
		p := newPause(sb, 5, done)
		w := newWorld(t, sb, p, template)
		w.environ = append(w.environ, envHeard+"=heard")
		x := w.start(t, "apply", "--auto-approve", "--parallelism", "1", "world.plan")
		<-p.held
		w.interrupt(t, x, os.Interrupt)
		require.NoError(t, x.cmd.Process.Signal(os.Interrupt))
		x.wait()
		status, is := x.cmd.ProcessState.Sys().(syscall.WaitStatus)
		require.True(t, is && status.Signaled() && status.Signal() == syscall.SIGINT, "%v", x.cmd.ProcessState)
		close(p.goOn)
		w.finish(t)
		w.judge(t)
	}
}

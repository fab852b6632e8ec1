package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A moment is when a program is killed.
type moment string

const (
	afterCommit moment = "after the journal wrote"   // durably, and before anybody was told
	sentLost    moment = "sent, and lost on the way" // the platform never gets it
	sentAlone   moment = "sent, and done afterwards" // by the time the program is dead
	sentLate    moment = "sent, and done much later" // when everything else is through
	committed   moment = "done, and no answer on its way"
	answered    moment = "done, and answered"
)

var moments = []moment{afterCommit, sentLost, sentAlone, sentLate, committed, answered}

// ofCalls reports that only calls which move money are counted: of a read, it is
// all one whether it was lost or is answered to nobody.
func (m moment) ofCalls() bool { return m == sentAlone || m == sentLate || m == committed }

// A trapdoor lets a platform's requests through, unless a trap is set in it.
type trapdoor struct {
	sb   *sandbox.Sandbox
	trap atomic.Pointer[trap]
}

// A trap kills the program that sends the n-th request.
type trap struct {
	at      moment
	n       int64
	count   atomic.Int64
	program *os.Process
	started chan struct{} // closed once program is set
	dead    chan struct{} // closed once it has ended
	sprung  chan struct{} // closed once the n-th request is dealt with
	late    func()        // does what it asked for, if that is still to come
}

func (g *trapdoor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := g.trap.Load()
	if t == nil || (t.at.ofCalls() && r.Method != http.MethodPost) || t.count.Add(1) != t.n {
		g.sb.ServeHTTP(w, r)
		return
	}
	defer close(t.sprung)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	said := httptest.NewRecorder()
	process := func() { g.sb.ServeHTTP(said, withBody(r, body)) }
	switch t.at {
	case sentLost:
		t.kill()
	case sentAlone:
		t.kill()
		process()
	case sentLate:
		t.kill()
		t.late = process
	case committed:
		process()
		t.kill()
	default:
		process()
		write(w, said.Code, said.Header(), said.Body.Bytes())
		_ = http.NewResponseController(w).Flush()
		t.kill()
	}
	panic(http.ErrAbortHandler)
}

// kill returns once the program is dead.
func (t *trap) kill() {
	<-t.started
	_ = t.program.Kill()
	<-t.dead
}

// kill runs a command line and kills it at the n-th of these moments. It
// reports false when the program ended before; late is what is still to come of
// its last request.
func (w *world) kill(t *testing.T, g *trapdoor, at moment, n int, args ...string) (killed bool, late func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "payreconcile", args...)
	cmd.Dir, cmd.Env = w.dir, w.environ
	x := &trap{at: at, n: int64(n), started: make(chan struct{}), dead: make(chan struct{}), sprung: make(chan struct{})}
	if at == afterCommit {
		cmd.Env = append(w.environ[:len(w.environ):len(w.environ)], envKillAfter+"="+strconv.Itoa(n))
	} else {
		g.trap.Store(x)
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	x.program = cmd.Process
	close(x.started)
	_ = cmd.Wait() // how it ended is in its state
	close(x.dead)
	switch {
	case cmd.ProcessState.Exited():
		g.trap.Store(nil)
		require.Contains(t, []int{exitOK, exitPartial}, cmd.ProcessState.ExitCode(), said.String()) // one payment is blocked
		return false, nil
	case at != afterCommit:
		<-x.sprung
		g.trap.Store(nil)
	}
	return true, x.late
}

// A shot is one kill: at which moment, the n-th of its kind.
type shot struct {
	at moment
	n  int
}

// A matrix kills programs in every way and counts how often.
type matrix struct {
	template    string
	parallelism int
	mu          sync.Mutex
	kills       map[string]int
}

// run kills an apply by the first shot, the resume after it by the second and
// so on, finishes what is left, and looks at the ledger. It reports whether the
// last shot hit: a program that ends before is through.
func (m *matrix) run(t *testing.T, what string, shots ...shot) (hit bool) {
	t.Helper()
	g := &trapdoor{sb: newPlatform(t)}
	w := newWorld(t, g.sb, g, m.template)
	var lates []func()
	args := []string{"apply", "--auto-approve", "--parallelism", strconv.Itoa(m.parallelism), "world.plan"}
	for _, s := range shots {
		var late func()
		if hit, late = w.kill(t, g, s.at, s.n, args...); late != nil {
			lates = append(lates, late)
		}
		if hit {
			m.count(what + ", " + string(s.at))
		}
		args = []string{"resume", "--parallelism", strconv.Itoa(m.parallelism)}
	}
	w.finish(t)
	for _, late := range lates {
		late()
	}
	w.judge(t)
	if t.Failed() {
		t.Fatalf("killed %+v", shots)
	}
	return hit
}

func (m *matrix) count(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kills[what]++
}

// TestKillMatrix kills an apply after every single thing that it writes, sends
// and is told, brings what is left to its end, and finds in the platform's
// ledger every declared movement exactly once, and nothing else. It does so to
// programs that make one call at a time and eight, and to the resume that
// follows. With PAYRECONCILE_KILLS set it leaves nothing out; under the race
// detector, which takes five times as long, it tries a twelfth.
func TestKillMatrix(t *testing.T) {
	t.Parallel()
	step, sample := 1, 8
	switch {
	case os.Getenv("PAYRECONCILE_KILLS") != "":
		sample = 1
	case raceDetector:
		step, sample = 12, 24
	}
	m := &matrix{template: worldTemplate(t), parallelism: 1, kills: map[string]int{}}
	wide := &matrix{template: m.template, parallelism: 8, kills: map[string]int{}}
	t.Run("all", func(t *testing.T) {
		for i, at := range moments {
			t.Run(string(at), func(t *testing.T) {
				t.Parallel()
				n := 1 + i%step
				for m.run(t, "apply", shot{at, n}) {
					n += step
				}
				require.Greater(t, n, 15)
				for n := 1 + i%sample; wide.run(t, "apply of 8 at a time", shot{at, n}); {
					n += sample
				}
			})
		}
		for i, first := range firstShots(sample == 1) {
			t.Run(fmt.Sprintf("%s %d, and the resume", first.at, first.n), func(t *testing.T) {
				t.Parallel()
				second := moments[(4*i+i/len(moments))%len(moments)]
				for n := 1 + i%step; m.run(t, "resume", first, shot{second, n}); {
					n += step
				}
			})
		}
	})
	maps.Copy(m.kills, wide.kills)
	total := 0
	for _, what := range slices.Sorted(maps.Keys(m.kills)) {
		t.Logf("%4d kills: %s", m.kills[what], what)
		total += m.kills[what]
	}
	t.Logf("%4d kills in all", total)
}

// firstShots are the kills whose resume is killed again.
func firstShots(all bool) (shots []shot) {
	if !all {
		return []shot{{sentLost, 20}, {committed, 4}}
	}
	for i, at := range moments {
		for n := 1 + i; n < 42; n += 6 {
			shots = append(shots, shot{at, n})
		}
	}
	return shots
}

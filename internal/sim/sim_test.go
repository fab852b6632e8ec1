package sim_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/internal/sim"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// What the environment says.
const (
	envSeeds  = "PAYRECONCILE_SIM_SEEDS"  // how many stories
	envFrom   = "PAYRECONCILE_SIM_FROM"   // the first seed
	envReplay = "PAYRECONCILE_SIM_REPLAY" // tell this one alone, with all that happens
	envMost   = "PAYRECONCILE_SIM_MOST"   // it ends after so many failures
	envTwice  = "PAYRECONCILE_SIM_TWICE"  // one in so many stories is told twice and compared
)

const (
	// collectEvery is after how many stories memory is collected: never within
	// one, where it would change the order of what happens at one instant.
	collectEvery = 8
	mostFailures = 10
	progress     = 10 * time.Second
)

// connect is the gateway of a process, as the command line makes it.
func connect(c sim.Client) (apply.Gateway, error) {
	client, err := sdk.NewClient(sdk.Config{
		Endpoint: "https://sim.example", APIKeyID: c.APIKeyID, APISecret: sim.Secret, Integrator: "sim",
		Timeout: c.CallTimeout, Now: c.Now, Random: c.Random,
	}, sdk.WithMarshaller(gateway.JSON{}), sdk.WithConnection(c.Connection))
	if err != nil {
		return nil, err
	}
	gate := gateway.New(client.Merchant(c.Merchant))
	if c.Pace != nil {
		gate = gate.Paced(context.Background(), c.Pace)
	}
	return gate, nil
}

// tell tells the story of a seed in a bubble of its own.
func tell(t *testing.T, seed int, keep bool) (r *sim.Result) {
	t.Helper()
	ended := false
	defer func() {
		if !ended {
			fmt.Fprintf(os.Stderr, "the story of seed %d broke off; %s\n", seed, again(seed))
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		var err error
		r, err = sim.Run(uint64(seed), sim.Options{Gateway: connect, Keep: keep})
		require.NoError(t, err)
	})
	ended = true
	return r
}

// again is how a story is told again.
func again(seed int) string {
	return fmt.Sprintf("replay it with %s=%d go test -count=1 -run TestSimulation -v ./internal/sim", envReplay, seed)
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// TestSimulation tells the stories of some seeds; of the default ones it also
// requires that everything that can happen did.
func TestSimulation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if os.Getenv(envReplay) != "" {
		r := tell(t, number(t, envReplay, 0), true)
		t.Log("\n" + r.Trace)
		require.Empty(t, r.Violations)
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	from, seeds, twice := number(t, envFrom, 1), number(t, envSeeds, 600), number(t, envTwice, 100)
	s := &series{t: t, began: time.Now(), from: from, seeds: seeds, counts: map[string]int64{}}
	for seed := from; seed < from+seeds && s.failed < number(t, envMost, mostFailures); seed++ {
		s.tell(seed, seed%twice == 0)
	}
	s.summary()
	if os.Getenv(envSeeds) == "" && os.Getenv(envFrom) == "" {
		for _, what := range happens {
			require.Positive(t, s.counts[what], "%q never happened: the stories are too tame", what)
		}
	}
}

// A series is a run of stories.
type series struct {
	t           *testing.T
	began       time.Time
	said        time.Time
	from, seeds int
	done        int
	failed      int
	counts      map[string]int64
}

// tell tells one story, or the same one twice.
func (s *series) tell(seed int, twice bool) {
	r := tell(s.t, seed, false)
	for what, n := range r.Counts {
		s.counts[what] += n
	}
	if twice && !r.Real {
		s.counts["told twice"]++
		if second := tell(s.t, seed, false); second.Hash != r.Hash {
			r.Violations = append(r.Violations, sim.Violation{Promise: "sound", Text: "the same story is not told the same twice"})
		}
	}
	if s.done++; s.done%collectEvery == 0 {
		runtime.GC()
	}
	if now := time.Now(); now.Sub(s.said) >= progress {
		s.said = now
		fmt.Fprintf(os.Stderr, "sim: seed %d done, %d of %d, %.0f a second, %d failed\n",
			seed, s.done, s.seeds, float64(s.done)/now.Sub(s.began).Seconds(), s.failed)
	}
	if len(r.Violations) == 0 {
		return
	}
	s.failed++
	var b strings.Builder
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "  %s: %s\n", v.Promise, v.Text)
	}
	s.t.Errorf("seed %d:\n%s%s", seed, b.String(), again(seed))
}

func (s *series) summary() {
	took := time.Since(s.began)
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(s.counts)) {
		fmt.Fprintf(&b, "%9d  %s\n", s.counts[what], what)
	}
	s.t.Logf("%d stories, seeds %d to %d, in %v: %.0f a second; %d failed\n%s",
		s.done, s.from, s.from+s.done-1, took.Round(time.Millisecond), float64(s.done)/took.Seconds(), s.failed, b.String())
}

// happens is what has to happen in the default stories.
var happens = []string{
	"accepted", "resumed", "planned", "not accepted", "manifest refused", "told twice",
	"sent capture", "sent cancel", "sent refund", "sent again",
	"answer no answer", "answer 201", "answer 302", "answer 400", "answer 401", "answer 403", "answer 404", "answer 409", "answer 429",
	"answer 500", "answer 502", "answer 503", "answer 504", "dial failed",
	"died before an intent", "died after an intent", "died before a send", "died at a send", "died after an answer",
	"died before an outcome", "died after an outcome", "died before a plan is stored", "died after a plan is stored",
	"died before a plan is finished", "died after a plan is finished", "died at a look into the journal", "died and lost records",
	"outcome accepted", "outcome settled", "outcome refused", "outcome unknown", "outcome withdrawn", "outcome absent",
	"result accepted", "result settled", "result refused", "result unknown", "result stale", "result skipped",
	"result pending", "result deferred", "result blocked", "result not yet visible",
	"new attempt", "word taken", "word refused", "portal", "edited", "clock jumped", "locked", "locked out", "in doubt for good",
	"run complete", "run stopped", "run failed", "judged at the end",
}

package apply_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// TestBreaker runs many calls on a platform that does not work, or stops working
// after a while when they run one by one: beyond the limit no more calls are made
// than were under way when it was reached.
func TestBreaker(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fate := rapid.SampledFrom([]int{fateRefused, fateLost}).Draw(rt, "fate")
		inARow := rapid.IntRange(1, 20).Draw(rt, "in a row")
		parallel := rapid.IntRange(1, 64).Draw(rt, "parallelism")
		well := 0 // side by side, a late success would begin the count anew
		if parallel == 1 {
			well = rapid.IntRange(0, 100).Draw(rt, "well")
		}
		g := newFake()
		for i := range 400 {
			if i < well {
				g.add(i, 100, fateMade)
			} else {
				g.add(i, 100, fate)
			}
		}
		o := runFake(rt, g, apply.Options{Parallelism: parallel, Continue: true, Breaker: apply.Breaker{InARow: inARow}})
		failed := 0
		for _, id := range g.ids[well:] {
			failed += g.payments[id].calls
		}
		require.LessOrEqual(rt, failed, inARow+parallel-1)
		require.Contains(rt, o.Stopped, "too many calls failed one after the other")
		require.False(rt, o.Complete)
	})
}

func TestRefusedRate(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		refusedOf10 int
		limit       int
		stops       bool
	}{
		"under it":   {4, 50, false},
		"over it":    {6, 50, true},
		"no limit":   {10, 0, false},
		"everything": {10, 99, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newFake()
			for i := range 200 {
				fate := fateMade
				if (i*7)%10 < tt.refusedOf10 {
					fate = fateRefused
				}
				g.add(i, 100, fate)
			}
			o := runFake(t, g, apply.Options{Parallelism: 1, Continue: true, Breaker: apply.Breaker{RefusedRate: tt.limit}})
			made := 0
			for _, p := range g.payments {
				made += p.calls
			}
			if !tt.stops {
				require.Equal(t, 200, made)
				require.Empty(t, o.Stopped)
				return
			}
			require.Equal(t, 20, made, "judged from 20 calls on")
			require.Contains(t, o.Stopped, "the platform refuses too many calls")
		})
	}
}

func runFake(t require.TestingT, g *fake, opts apply.Options) apply.Summary {
	j := newMemory()
	j.plans = []*memoryPlan{{PlanRecord: apply.PlanRecord{PlanID: "p"}}}
	x := apply.Executor{Gateway: g, Journal: j, Env: fakeEnv, Now: func() time.Time { return noon }, Options: opts}
	sum, err := x.Run(context.Background(), fakeHeader, apply.PlanRecord{PlanID: "p", Calls: int64(len(g.ids))}, g.entries())
	require.NoError(t, err)
	return sum
}

// A leased journal is one that another process may take over.
type leasedJournal struct {
	apply.Journal
	left []time.Duration // at each question, the last one for ever
	n    int
}

func (j *leasedJournal) Lease() time.Duration {
	d := j.left[min(j.n, len(j.left)-1)]
	j.n++
	return d
}

// TestLease sends nothing under a lease that a call could outlive.
func TestLease(t *testing.T) {
	t.Parallel()
	const timeout = apply.DefaultCallTimeout
	for name, tt := range map[string]struct {
		left []time.Duration
		made int
	}{
		"enough":           {[]time.Duration{3 * time.Minute}, 3},
		"just enough":      {[]time.Duration{timeout + 10*time.Second}, 3},
		"a call's timeout": {[]time.Duration{timeout}, 0},
		"lost":             {[]time.Duration{0}, 0},
		"lost on the way":  {[]time.Duration{3 * time.Minute, 3 * time.Minute, 0}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seeds, declare := many(3)
			w := newWorld(t, nil, seeds...)
			p := w.start()
			p.wrap = func(j apply.Journal) apply.Journal { return &leasedJournal{Journal: j, left: tt.left} }
			o := p.apply(p.plan(declare...))
			n, _ := w.total()
			require.Equal(t, tt.made, n)
			require.Equal(t, tt.made == 3, o.sum.Complete)
			if tt.made < 3 {
				require.Contains(t, o.sum.Stopped, "another process may take over the journal")
				p = p.restart()
				p.resume().complete(true)
				n, _ = w.total()
				require.Equal(t, 3, n)
			}
		})
	}
}

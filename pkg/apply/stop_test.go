package apply_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// many is n payments of 10.00 and what captures all of them.
func many(n int) (seeds, declare []string) {
	for i := range n {
		id := fmt.Sprintf("40000000%02d_0", i)
		seeds = append(seeds, seed(id, 1000))
		declare = append(declare, fmt.Sprintf(`{id: %q, captured: all}`, id))
	}
	return seeds, declare
}

// total is what the ledger of all payments holds of captures.
func (w *world) total() (count int, minor int64) {
	for b := range w.sb.Ledger() {
		count += b.Count(sandbox.Capture)
		minor += b.Sum(sandbox.Capture)
	}
	return count, minor
}

func TestOnError(t *testing.T) {
	t.Parallel()
	refuse := func(nth ...string) meddler {
		return posts(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
			for _, n := range nth {
				if strings.Contains(r.URL.Path, n) {
					write(w, 400, asJSON, apiError)
					return true
				}
			}
			return false
		})
	}
	for name, tt := range map[string]struct {
		opts     apply.Options
		meddle   meddler
		is       []string
		made     int
		unsent   int64
		complete bool
	}{
		"stop":                       {apply.Options{}, refuse("4000000001"), []string{"settled", "refused"}, 1, 3, false},
		"stop at the last":           {apply.Options{}, refuse("4000000004"), []string{"settled", "settled", "settled", "settled", "refused"}, 4, 0, true},
		"continue":                   {apply.Options{Continue: true}, refuse("4000000001"), []string{"settled", "refused", "settled", "settled", "settled"}, 4, 0, true},
		"continue, at most one":      {apply.Options{Continue: true, MaxFailures: 1}, refuse("4000000001", "4000000002"), []string{"settled", "refused"}, 1, 3, false},
		"continue, at most two":      {apply.Options{Continue: true, MaxFailures: 2}, refuse("4000000001", "4000000002"), []string{"settled", "refused", "refused"}, 1, 2, false},
		"continue, two of three fit": {apply.Options{Continue: true, MaxFailures: 3}, refuse("4000000001", "4000000002"), []string{"settled", "refused", "refused", "settled", "settled"}, 3, 0, true},
		"a cap on calls":             {apply.Options{Caps: apply.Caps{Calls: 2}}, nil, []string{"settled", "settled"}, 2, 3, false},
		"a refusal gives it back":    {apply.Options{Continue: true, Caps: apply.Caps{Calls: 4}}, refuse("4000000001"), []string{"settled", "refused", "settled", "settled", "settled"}, 4, 0, true},
		"a cap on money":             {apply.Options{Caps: apply.Caps{Money: map[spec.Currency]int64{"EUR": 2999}}}, nil, []string{"settled", "settled"}, 2, 3, false},
		"a cap on other money":       {apply.Options{Caps: apply.Caps{Money: map[spec.Currency]int64{"USD": 1}}}, nil, []string{"settled", "settled", "settled", "settled", "settled"}, 5, 0, true},
		"an unknown keeps its place": {
			apply.Options{Continue: true, Caps: apply.Caps{Money: map[spec.Currency]int64{"EUR": 2000}}},
			posts(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if strings.Contains(r.URL.Path, "4000000000") {
					panic(http.ErrAbortHandler)
				}
				return false
			}),
			[]string{"unknown", "settled"},
			1, 3, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seeds, declare := many(5)
			w := newWorld(t, nil, seeds...)
			p := w.start()
			p.opts = tt.opts
			file := p.plan(declare...)
			w.interfere(tt.meddle)
			o := p.apply(file).sent(tt.is...).complete(tt.complete)
			require.Equal(t, tt.unsent, o.sum.Unsent)
			n, _ := w.total()
			require.Equal(t, tt.made, n)
			if tt.complete {
				p.nothingToResume()
				return
			}
			w.interfere(nil)
			p = p.restart()
			p.opts = apply.Options{}
			p.resume().complete(true)
			n, minor := w.total()
			require.Equal(t, 5-strings.Count(strings.Join(tt.is, " "), "refused"), n)
			require.EqualValues(t, n*1000, minor)
		})
	}
}

// TestCapsHold runs many calls side by side against caps: they are never passed
// by a cent, nor by a call, whatever becomes of the calls.
func TestCapsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		amounts := rapid.SliceOfN(rapid.Int64Range(1, 5000), 1, 200).Draw(rt, "amounts")
		caps := apply.Caps{
			Calls: rapid.Int64Range(0, 150).Draw(rt, "calls"),
			Money: map[spec.Currency]int64{"EUR": rapid.Int64Range(0, 300_000).Draw(rt, "money")},
		}
		fates := rapid.SliceOfN(rapid.IntRange(0, 3), len(amounts), len(amounts)).Draw(rt, "fates")
		g := newFake()
		for i, a := range amounts {
			g.add(i, a, fates[i])
		}
		j := newMemory()
		j.plans = []*memoryPlan{{PlanRecord: apply.PlanRecord{PlanID: "p"}}}
		x := apply.Executor{
			Gateway: g, Journal: j, Env: fakeEnv, Now: func() time.Time { return noon },
			Options: apply.Options{Parallelism: 64, Continue: true, Caps: caps},
		}
		_, err := x.Run(context.Background(), fakeHeader, apply.PlanRecord{PlanID: "p", Calls: int64(len(amounts))}, g.entries())
		require.NoError(rt, err)
		moved, calls := g.possible()
		require.LessOrEqual(rt, moved, caps.Money["EUR"])
		if caps.Calls > 0 {
			require.LessOrEqual(rt, calls, caps.Calls)
		}
	})
}

// TestInterrupt cancels a run in the middle. What is in flight ends and is
// recorded; nothing else is sent; a resume makes the rest.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	seeds, declare := many(30)
	w := newWorld(t, nil, seeds...).onDisk()
	p := w.start()
	p.opts.Parallelism = 4
	h, rec := p.accept(p.plan(declare...))
	ctx, interrupt := context.WithCancel(t.Context())
	var mu sync.Mutex
	n, late := 0, 0
	w.interfere(posts(func(http.ResponseWriter, *http.Request, http.Handler) bool {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() != nil {
			late++
		}
		if n++; n == 6 {
			interrupt()
		}
		return false
	}))
	o := p.run(ctx, h, rec)
	require.NoError(t, o.err)
	require.True(t, o.sum.Interrupt)
	require.False(t, o.sum.Complete)
	require.Zero(t, o.sum.Counts[apply.StatusUnknown])
	require.Less(t, late, 4, "more than what was in flight")
	made, _ := w.total()
	require.EqualValues(t, made, o.sum.Counts[apply.StatusSettled])
	require.EqualValues(t, 30-made, o.sum.Unsent)
	open, err := p.j.Open(t.Context(), 1)
	require.NoError(t, err)
	require.Empty(t, open, "the journal is clean")
	p = p.restart()
	o = p.resume().complete(true)
	require.False(t, o.sum.Interrupt)
	made, minor := w.total()
	require.Equal(t, 30, made)
	require.EqualValues(t, 30_000, minor)
}

// Interrupted after its last call, a plan is finished all the same.
func TestInterruptAtTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 1000))
	p := w.start()
	h, rec := p.accept(p.plan(`{id: "3066177123_0", captured: all}`))
	ctx, interrupt := context.WithCancel(t.Context())
	p.gate = &after{Gateway: p.gate, do: interrupt}
	o := p.run(ctx, h, rec).is("settled").complete(true)
	require.False(t, o.sum.Interrupt)
	p.nothingToResume()
}

// An interrupt ends the retries of a call: whether it was made nobody knows.
func TestInterruptBetweenSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 1000), seed(two, 1000))
	p := w.start()
	h, rec := p.accept(p.plan(`{id: "3066177123_0", captured: all}`, `{id: "3066177124_0", captured: all}`))
	ctx, interrupt := context.WithCancel(t.Context())
	w.interfere(posts(func(http.ResponseWriter, *http.Request, http.Handler) bool {
		interrupt()
		panic(http.ErrAbortHandler)
	}))
	o := p.run(ctx, h, rec).sent("unknown")
	require.EqualValues(t, 1, o.sum.Unsent)
	require.EqualValues(t, 1, w.sb.Requests()["capturePayment"]+1, "sent once, and not seen by the platform")
	w.interfere(nil)

	// Interrupted before it gets anywhere, a resume says what is in doubt.
	o = p.run(ctx, h, rec).is("unknown").says(0, "nobody looked at it: interrupted")
	require.EqualValues(t, 1, o.sum.Unsent)
	p.resume().is("settled", "settled").complete(true)
	w.ledger(one, "capture 1000 pr:c:0-1000")
}

// A failure of one payment does not take the retries from another: what was
// begun is brought to its end.
func TestFailureLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	seeds, declare := many(2)
	w := newWorld(t, nil, seeds...)
	p := w.start()
	p.opts.Parallelism = 2
	file := p.plan(declare...)
	refused, arrived, tried := make(chan struct{}), make(chan struct{}), atomic.Bool{}
	w.interfere(posts(func(rw http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if strings.Contains(r.URL.Path, "4000000000") {
			<-arrived
			write(rw, 400, asJSON, apiError)
			return true
		}
		if tried.Swap(true) {
			return false
		}
		close(arrived)
		<-refused
		panic(http.ErrAbortHandler)
	}))
	h, rec := p.accept(file)
	body, err := p.j.ReadPlan(t.Context(), rec.PlanID)
	require.NoError(t, err)
	x := apply.Executor{
		Gateway: p.gate, Journal: p.j, Env: w.env, Options: p.opts, Now: w.clk.Now,
		Report: func(r apply.Result) {
			if r.Status == apply.StatusRefused {
				close(refused) // no guard is asked before this has returned and the run is stopped
			}
		},
	}
	sum, err := x.Run(t.Context(), h, rec, plan.Entries(body))
	require.NoError(t, err)
	require.EqualValues(t, 1, sum.Counts[apply.StatusSettled])
	w.ledger("4000000001_0", "capture 1000 pr:c:0-1000")
}

// What is in doubt is settled before anything else, whatever stops the rest.
func TestDoubtsFirst(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		opts  apply.Options
		hours int // since the plan was made
		is    []string
	}{
		"expired":                   {apply.Options{}, 3, []string{"settled", "skipped", "skipped", "skipped", "skipped"}},
		"a failure comes first":     {apply.Options{}, 0, []string{"settled", "refused"}},
		"no room for anything else": {apply.Options{Caps: apply.Caps{Calls: 1}}, 0, []string{"settled"}},
		"everything":                {apply.Options{Continue: true}, 0, []string{"settled", "refused", "settled", "settled", "settled"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seeds, declare := many(5)
			w := newWorld(t, nil, seeds...)
			p := w.start()
			file := p.plan(declare...)
			h, rec := p.accept(file)

			// A run of four at a time gets to the fourth payment and dies.
			p.opts.Parallelism = 1
			p.mortal(beforeSend)
			fourth := func(yield func(*plan.Entry, error) bool) {
				n := 0
				for e, err := range plan.Entries(strings.NewReader(string(file))) {
					if n++; n == 4 && !yield(e, err) {
						return
					}
				}
			}
			died := func() (v any) {
				defer func() { v = recover() }()
				x := apply.Executor{Gateway: p.gate, Journal: p.wrap(p.j), Env: w.env, Now: w.clk.Now}
				_, _ = x.Run(t.Context(), h, rec, fourth)
				return nil
			}()
			require.NotNil(t, died)

			w.clk.advance(time.Duration(tt.hours) * time.Hour)
			w.interfere(posts(func(rw http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				if strings.Contains(r.URL.Path, "4000000000") {
					write(rw, 400, asJSON, apiError)
					return true
				}
				return false
			}))
			p = p.restart()
			p.opts = tt.opts
			o := p.resume()
			w.ledger("4000000003_0", "capture 1000 pr:c:0-1000")
			if tt.hours > 0 {
				o.complete(true)
				p.nothingToResume()
			}
			o.sent(tt.is...)
			require.Equal(t, spec.PaymentID("4000000003_0"), o.results[0].Payment)
		})
	}
}

// A panic is passed on once, and what was under way is in the journal.
func TestPanic(t *testing.T) {
	t.Parallel()
	seeds, declare := many(20)
	w := newWorld(t, nil, seeds...).onDisk()
	p := w.start()
	p.opts.Parallelism = 4
	file := p.plan(declare...)
	p.mortal(betweenSends)
	o := p.apply(file)
	require.NotNil(t, o.died)
	p = p.restart()
	p.resume().complete(true)
	n, minor := w.total()
	require.Equal(t, 20, n)
	require.EqualValues(t, 20_000, minor)
}

// A payment that cannot be read is not touched, and a resume may.
func TestUnread(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		meddle     meddler
		credential bool
	}{
		"outage": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
			write(w, 502, "text/html", "<p>")
			return true
		}, false},
		"a proxy's 404": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
			write(w, 404, "text/html", "<p>")
			return true
		}, false},
		"credentials": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
			write(w, 403, asJSON, apiError)
			return true
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, seed(one, 1000), seed(two, 1000), seed("3066177125_0", 1000))
			p := w.start()
			file := p.plan(`{id: "3066177123_0", captured: all}`, `{id: "3066177124_0", captured: all}`, `{id: "3066177125_0", captured: all}`)
			w.interfere(tt.meddle)
			o := p.apply(file).sent("skipped").complete(false)
			require.True(t, o.results[0].Unread)
			require.Equal(t, tt.credential, o.sum.Credential)
			require.EqualValues(t, 3, o.sum.Unsent)
			require.Empty(t, p.intents(one))
			w.interfere(nil)
			p.resume().is("settled", "settled", "settled").complete(true)
		})
	}
}

// A clock that is far from the platform's sends nothing: the times that would be
// recorded are those by which it is judged later how old a key is.
func TestSkewedClock(t *testing.T) {
	t.Parallel()
	for ahead, made := range map[time.Duration]int{
		0: 1, 4 * time.Minute: 1, -4 * time.Minute: 1, 6 * time.Minute: 0, 9 * time.Hour: 0, -6 * time.Minute: 0,
	} {
		w := newWorld(t, func(b *sandbox.Behaviour) { b.ClockSkew = -1 }, seed("1000000001_0", 10000))
		p := w.start()
		file := p.plan("{id: 1000000001_0, captured: all}")
		w.interfere(func(rw http.ResponseWriter, r *http.Request, platform http.Handler) bool {
			platform.ServeHTTP(dated{rw, w.clk.Now().Add(-ahead)}, r)
			return true
		})
		o := p.apply(file)
		n, _ := w.total()
		require.Equal(t, made, n, "%v ahead: %+v", ahead, o.results)
		if made == 0 {
			require.Contains(t, o.sum.Stopped, "clock")
		}
	}
}

// dated writes another Date than the platform does.
type dated struct {
	http.ResponseWriter
	date time.Time
}

func (d dated) WriteHeader(status int) {
	d.Header().Set("Date", d.date.UTC().Format(http.TimeFormat))
	d.ResponseWriter.WriteHeader(status)
}

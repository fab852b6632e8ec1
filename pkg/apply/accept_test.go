package apply_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// TestAccept offers plans that must not be begun. Nothing of them is stored,
// and a good one is taken afterwards.
func TestAccept(t *testing.T) {
	t.Parallel()
	const text = header + "    - " + declareCapture + "\n"
	same := func(*plan.Header) {}
	errBroken := errors.New("the disk is gone")
	for name, tt := range map[string]struct {
		change func(*plan.Header)
		alter  func([]byte) io.Reader
		env    plan.Env
		later  time.Duration
		want   error
	}{
		"altered":             {change: same, alter: func(b []byte) io.Reader { return bytes.NewReader(bytes.Replace(b, []byte("6000"), []byte("6001"), 1)) }, want: plan.ErrAltered},
		"cut off":             {change: same, alter: func(b []byte) io.Reader { return bytes.NewReader(b[:len(b)-10]) }, want: plan.ErrTruncated},
		"empty":               {change: same, alter: func([]byte) io.Reader { return bytes.NewReader(nil) }, want: plan.ErrTruncated},
		"something behind it": {change: same, alter: func(b []byte) io.Reader { return bytes.NewReader(append(b, "{}\n"...)) }, want: plan.ErrAltered},
		"not a plan":          {change: same, alter: func([]byte) io.Reader { return bytes.NewReader([]byte("hello\n")) }, want: plan.ErrFormat},
		"cannot be read":      {change: same, alter: func([]byte) io.Reader { return iotest.ErrReader(errBroken) }, want: errBroken},
		"expired":             {change: same, later: time.Hour, want: apply.ErrExpired},
		"another environment": {change: func(h *plan.Header) { h.Environment = "live" }, want: apply.ErrOtherWorld},
		"another merchant":    {change: func(h *plan.Header) { h.Merchant = "shop" }, want: apply.ErrOtherWorld},
		"another unit":        {change: func(h *plan.Header) { h.CaptureUnit = plan.CaptureUnitMinor }, want: apply.ErrOtherWorld},
		"another journal":     {change: func(h *plan.Header) { h.Journal.ID = "j-other" }, want: apply.ErrOtherWorld},
		"an older journal":    {change: func(h *plan.Header) { h.Journal.Seq += 1000 }, want: apply.ErrOtherWorld},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, seed(one, 12500))
			p := w.start()
			file := p.planText(text, tt.change)
			var r io.Reader = bytes.NewReader(file)
			if tt.alter != nil {
				r = tt.alter(bytes.Clone(file))
			}
			w.clk.advance(tt.later)
			_, _, err := apply.Accept(t.Context(), p.j, r, w.env, apply.Permit{}, w.clk.Now())
			require.ErrorIs(t, err, tt.want)
			p.nothingToResume()
			w.ledger(one)
			p.apply(p.planText(text, same)).is("settled")
		})
	}
}

// A plan runs once.
func TestAcceptOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(declareCapture)
	accept := func() error {
		_, _, err := apply.Accept(t.Context(), p.j, bytes.NewReader(file), w.env, apply.Permit{}, w.clk.Now())
		return err
	}
	require.NoError(t, accept())
	require.ErrorIs(t, accept(), apply.ErrUnfinished, "it is begun")
	p.resume().is("settled")
	require.ErrorIs(t, accept(), apply.ErrPlanUsed)
	p = p.restart()
	require.ErrorIs(t, accept(), apply.ErrPlanUsed)
	w.ledger(one, "capture 6000 ship-1")
}

// While a call is in doubt no plan is begun, not even for other payments.
func TestAcceptInDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500), seed(two, 12500))
	p := w.start()
	file := p.plan(declareCapture)
	other := p.plan(`{id: "3066177124_0", captured: all}`)
	w.interfere(hangUp(false))
	p.apply(file).is("unknown")
	w.interfere(nil)
	for _, f := range [][]byte{file, other} {
		_, _, err := apply.Accept(t.Context(), p.j, bytes.NewReader(f), w.env, apply.Permit{}, w.clk.Now())
		require.ErrorIs(t, err, apply.ErrInDoubt)
		require.ErrorContains(t, err, "the capture ship-1 of payment 3066177123")
	}
	p.resume().is("settled")
	p.apply(other).is("settled")
}

// A plan that was interrupted cleanly gives way to a new one, for good.
func TestSupersede(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500), seed(two, 12500))
	p := w.start()
	old := p.plan(declareCapture, `{id: "3066177124_0", captured: all}`)
	h, rec := p.accept(old)
	ctx, interrupt := context.WithCancel(t.Context())
	p.gate = &after{Gateway: p.gate, do: interrupt}
	o := p.run(ctx, h, rec).sent("settled").complete(false)
	require.True(t, o.sum.Interrupt)
	p = p.restart()
	p.apply(p.plan(declareCapture)).is().complete(true)
	p.nothingToResume()
	was, err := p.j.Plan(t.Context(), rec.PlanID)
	require.NoError(t, err)
	require.Contains(t, was.Result, "superseded by plan ")
	w.ledger(two)
}

// A resume is refused in another world than the plan's.
func TestResumeElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	p.accept(p.plan(declareCapture))
	env := w.env
	env.CaptureUnit = plan.CaptureUnitHundredths
	_, _, err := apply.Resume(t.Context(), p.j, env)
	require.ErrorIs(t, err, apply.ErrOtherWorld)
	h, rec, err := apply.Resume(t.Context(), p.j, w.env)
	require.NoError(t, err)
	x := apply.Executor{Gateway: p.gate, Journal: p.j, Env: env, Now: w.clk.Now}
	_, err = x.Run(t.Context(), h, rec, plan.Entries(bytes.NewReader(nil)))
	require.ErrorIs(t, err, apply.ErrOtherWorld)
}

// A journal is for one process at a time.
func TestLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil).onDisk()
	w.start()
	_, err := journal.Open(t.Context(), journal.Config{Path: w.path, Environment: "test", Merchant: "merchant", Mode: journal.Write})
	require.ErrorIs(t, err, apply.ErrLocked)
}

// TestGuard asks the guard for the sends of a call at the edges of what it
// allows.
func TestGuard(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before  time.Duration // between the plan and its run
		between time.Duration // between two sends
		expires time.Duration
		window  time.Duration
		is      string
		says    string
		sends   int
		stopped string
	}{
		"within everything":           {0, time.Second, time.Hour, 0, "settled", "", 2, ""},
		"expired before":              {time.Hour, 0, time.Hour + time.Second, 0, "settled", "", 2, ""},
		"expires after the first":     {0, 2 * time.Second, time.Second, 0, "settled", "", 2, ""},
		"too long after its record":   {0, 5*time.Minute + 1, time.Hour, 0, "unknown", "no answer after 1 send", 1, ""},
		"the key may be forgotten":    {0, time.Minute, time.Hour, 2 * time.Minute, "unknown", "no answer after 1 send", 1, ""},
		"the key is kept just enough": {0, time.Minute - time.Nanosecond, time.Hour, 2 * time.Minute, "settled", "", 2, ""},
		"the clock went back":         {0, -time.Nanosecond, time.Hour, 0, "unknown", "no answer after 1 send", 1, "clock is behind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, seed(one, 12500))
			p := w.start()
			p.opts.KeyWindow = tt.window
			file := p.planText(header+"    - "+declareCapture+"\n", func(h *plan.Header) { h.Expires = noon.Add(tt.expires) })
			w.clk.advance(tt.before)
			var n atomic.Int64
			w.interfere(posts(func(http.ResponseWriter, *http.Request, http.Handler) bool {
				if n.Add(1) == 1 {
					w.clk.advance(tt.between)
					panic(http.ErrAbortHandler)
				}
				return false
			}))
			o := p.apply(file).is(tt.is)
			if tt.says != "" {
				o.says(0, tt.says)
			}
			require.EqualValues(t, tt.sends, n.Load())
			require.Contains(t, o.sum.Stopped, tt.stopped)
		})
	}
}

// A plan that expires on its way to the first byte sends nothing.
func TestExpiresBeforeTheFirstByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500), seed(two, 12500))
	p := w.start()
	file := p.plan(declareCapture, `{id: "3066177124_0", captured: all}`)
	w.clk.advance(time.Hour - time.Second)
	p.wrap = func(j apply.Journal) apply.Journal {
		return slowJournal{j, func() { w.clk.advance(time.Second) }}
	}
	o := p.apply(file).is("skipped", "skipped").says(0, "the plan has expired").says(1, "the plan has expired").complete(true)
	require.Equal(t, "the plan has expired", o.sum.Stopped)
	require.Equal(t, []plan.State{plan.StateWithdrawn}, p.states(one))
	w.ledger(one)
	w.ledger(two)
	p.nothingToResume()
}

// A clock that is behind the journal sends nothing.
func TestClockBehindTheJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	h, rec := p.accept(p.plan(declareCapture))
	w.clk.advance(-time.Nanosecond)
	o := p.run(t.Context(), h, rec)
	require.ErrorContains(t, o.err, "clock is behind the journal")
	require.Empty(t, o.results)
	w.ledger(one)
	w.clk.advance(time.Nanosecond)
	p.resume().is("settled")
}

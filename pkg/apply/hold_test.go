package apply_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const hold = "the policy is not the one that is pinned"

// A run that is held sends nothing, writes no intent, and leaves the plan to a
// run that is not.
func TestHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500), seed(two, 12500))
	p := w.start()
	p.opts = apply.Options{Hold: hold, Parallelism: 4}
	o := p.apply(p.plan(declareCapture, `{id: "3066177124_0", captured: all}`)).is("skipped", "skipped").complete(false)
	for i, res := range o.results {
		o.says(i, "not sent: "+hold)
		require.True(t, res.Resumable)
	}
	require.Equal(t, hold, o.sum.Stopped)
	require.EqualValues(t, 2, o.sum.Unsent)
	require.Empty(t, p.intents(one))
	w.ledger(one)
	w.ledger(two)
	p = p.restart()
	p.opts.Hold = ""
	p.resume().is("settled", "settled").complete(true)
	w.ledger(one, "capture 6000 ship-1")
	p.nothingToResume()
}

// A run that is held settles what is in doubt: by the same call under the same
// key, by a look, or not at all once the key may be forgotten. It begins nothing
// else, on the payment in doubt or another.
func TestHoldSettlesDoubt(t *testing.T) {
	t.Parallel()
	held := "not sent: " + hold
	const behind = "not sent: the capture before it is unknown"
	for name, tt := range map[string]struct {
		cut   string        // where the process died that made the call
		later time.Duration // until it is looked at again
		is    []string      // what went is told of last
		says  []string
		moves []string
	}{
		"never sent, key kept":      {afterIntent, time.Minute, []string{"skipped", "settled", "skipped"}, []string{held, "", held}, capturedOnce},
		"made, key kept":            {betweenSends, time.Minute, []string{"skipped", "settled", "skipped"}, []string{held, "", held}, capturedOnce},
		"made, key forgotten":       {betweenSends, 25 * time.Hour, []string{"skipped", "settled", "skipped"}, []string{held, "", held}, capturedOnce},
		"never sent, key forgotten": {afterIntent, 25 * time.Hour, []string{"unknown", "skipped", "skipped"}, []string{"the key is no longer kept", behind, held}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(b *sandbox.Behaviour) { b.EchoReferences = true }, seed(one, 12500), seed(two, 12500))
			p := w.start()
			file := p.planText(header+"    - {id: \"3066177123_0\", captures: [{ref: ship-1, amount: 60.00}, {ref: ship-2, amount: 10.00}]}\n"+
				"    - {id: \"3066177124_0\", captured: all}\n", farAway)
			p.mortal(tt.cut)
			require.NotNil(t, p.apply(file).died)
			w.clk.advance(tt.later)
			p = p.restart()
			p.opts = apply.Options{Hold: hold, Continue: true}
			o := p.resume().is(tt.is...).complete(false)
			for i, text := range tt.says {
				o.says(i, text)
				require.Equal(t, o.results[i].Status == apply.StatusSkipped, o.results[i].Resumable)
			}
			require.Equal(t, hold, o.sum.Stopped)
			w.ledger(one, tt.moves...)
			w.ledger(two)
			if tt.moves == nil {
				return
			}
			p.opts = apply.Options{}
			p.resume().is("settled", "settled", "settled").complete(true)
			w.ledger(one, "capture 6000 ship-1", "capture 1000 ship-2")
		})
	}
}

// A plan that has expired is over, held or not.
func TestHoldAfterExpiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	h, rec := p.accept(p.plan(declareCapture))
	w.clk.advance(time.Hour)
	p.opts.Hold = hold
	o := p.run(context.Background(), h, rec).is("skipped").says(0, "the plan has expired").complete(true)
	require.Equal(t, "the plan has expired", o.sum.Stopped)
	p.nothingToResume()
}

// A run that is held waits for what the platform works on, and not for calls
// that it would not make.
func TestHoldWaits(t *testing.T) {
	t.Parallel()
	for wait, tt := range map[apply.Wait]struct {
		is    []string
		takes time.Duration
	}{
		apply.WaitAccepted: {[]string{"deferred", "accepted"}, 0},
		apply.WaitSettled:  {[]string{"deferred", "settled"}, 9 * time.Minute},
	} {
		inBubble(t, func(b *sandbox.Behaviour) { b.SettleAfter = 10 * time.Minute },
			[]string{`{"id":"1000000001_0","amount":10000,"currency":"EUR"}`}, func(w *world, p *process) {
				gate := p.gate
				p.mortal(beforeClosing)
				require.NotNil(t, p.apply(p.planNow("{id: 1000000001_0, captured: all, refunded: 20.00}")).died)
				p.gate, p.wrap = gate, nil
				p.opts = apply.Options{Wait: wait, WaitTimeout: time.Hour, Hold: hold}
				began := time.Now()
				o := p.resume().is(tt.is...).complete(true)
				require.Zero(t, o.sum.Late)
				require.InDelta(t, tt.takes, time.Since(began), float64(2*time.Minute))
				w.ledger("1000000001_0", "capture 10000 pr:c:0-10000")
			})
	}
}

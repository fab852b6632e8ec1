package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/internal/pace"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// inBubble tells a story in virtual time: waits take no time, and what settles
// after an hour is waited for.
func inBubble(t *testing.T, change func(*sandbox.Behaviour), seeds []string, story func(w *world, p *process)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := sandbox.DefaultBehaviour()
		change(&b)
		sb, client, stop := sandboxtest.StartInMemory(t, sandbox.Config{Behaviour: &b})
		defer stop()
		_, err := sb.LoadSeed(strings.NewReader(strings.Join(seeds, "\n")))
		require.NoError(t, err)
		w := &world{t: t, sb: sb, clk: &clock{}, env: plan.Env{Name: "test", Merchant: "merchant"}, mem: newMemory()}
		p := w.start()
		c, err := sdk.NewClient(sdk.Config{Endpoint: "http://localhost", APIKeyID: "key", APISecret: "secret", Integrator: "tests"},
			sdk.WithMarshaller(gateway.JSON{}), sdk.WithConnection(client.Transport))
		require.NoError(t, err)
		p.gate = gateway.New(c.Merchant("merchant"))
		p.now = time.Now
		story(w, p)
	})
}

// planNow plans in a bubble.
func (p *process) planNow(payments ...string) []byte {
	p.w.t.Helper()
	return p.planText(manifest(payments), func(h *plan.Header) {
		h.Created, h.Expires = time.Now(), time.Now().Add(24*time.Hour)
	})
}

func TestWait(t *testing.T) {
	t.Parallel()
	const capture, refund, both = "{id: 1000000001_0, captured: 80.00}", "{id: 1000000001_0, captured: all, refunded: 20.00}",
		"{id: 1000000001_0, captures: [{ref: a, amount: 100.00, final: true}], refunds: [{ref: x, amount: 5.00}, {ref: y, amount: 6.00}]}"
	for name, tt := range map[string]struct {
		amount   int64
		declare  string
		opts     apply.Options
		settle   time.Duration
		portal   int64 // somebody captures so much just before
		is       []string
		says     string
		takes    [2]time.Duration // at least, at most
		late     int64
		ledger   []string
		followed bool // the next plan finds nothing to do
	}{
		"a run that does not wait leaves it to the next": {
			declare: refund, settle: 10 * time.Minute, is: []string{"deferred", "accepted"},
			ledger: []string{"capture 10000 pr:c:0-10000"},
		},
		"until accepted: the deferred call is made": {
			declare: refund, opts: apply.Options{Wait: apply.WaitAccepted, WaitTimeout: time.Hour}, settle: 10 * time.Minute,
			is: []string{"settled", "accepted"}, takes: [2]time.Duration{10 * time.Minute, 11 * time.Minute},
			ledger: []string{"capture 10000 pr:c:0-10000", "refund 2000 pr:r:0-2000"},
		},
		"until settled": {
			declare: refund, opts: apply.Options{Wait: apply.WaitSettled, WaitTimeout: time.Hour}, settle: 10 * time.Minute,
			is: []string{"settled", "settled"}, takes: [2]time.Duration{20 * time.Minute, 22 * time.Minute},
			ledger: []string{"capture 10000 pr:c:0-10000", "refund 2000 pr:r:0-2000"}, followed: true,
		},
		"several deferred calls go in order": {
			declare: both, opts: apply.Options{Wait: apply.WaitSettled, WaitTimeout: time.Hour}, settle: 10 * time.Minute,
			is: []string{"settled", "settled", "settled"}, takes: [2]time.Duration{20 * time.Minute, 23 * time.Minute},
			ledger: []string{"capture 10000 a", "refund 500 x", "refund 600 y"}, followed: true,
		},
		"until settled, without a deferred call": {
			declare: capture, opts: apply.Options{Wait: apply.WaitSettled, WaitTimeout: time.Hour}, settle: 10 * time.Minute,
			is: []string{"settled"}, takes: [2]time.Duration{10 * time.Minute, 11 * time.Minute},
			ledger: []string{"capture 8000 pr:c:0-8000"}, followed: true,
		},
		"until accepted, without a deferred call": {
			declare: capture, opts: apply.Options{Wait: apply.WaitAccepted, WaitTimeout: time.Hour}, settle: 10 * time.Minute,
			is: []string{"accepted"}, ledger: []string{"capture 8000 pr:c:0-8000"},
		},
		"what somebody else has begun": {
			declare: capture, portal: 8000, opts: apply.Options{Wait: apply.WaitSettled, WaitTimeout: time.Hour}, settle: 10 * time.Minute,
			is: []string{"settled"}, takes: [2]time.Duration{9 * time.Minute, 11 * time.Minute},
			ledger: []string{"capture 8000"}, followed: true,
		},
		"at once where the platform settles at once": {
			declare: refund, opts: apply.Options{Wait: apply.WaitSettled},
			is: []string{"settled", "settled"}, ledger: []string{"capture 10000 pr:c:0-10000", "refund 2000 pr:r:0-2000"}, followed: true,
			takes: [2]time.Duration{0, 2 * time.Second},
		},
		"not for ever": {
			declare: refund, opts: apply.Options{Wait: apply.WaitSettled, WaitTimeout: 5 * time.Minute}, settle: time.Hour,
			is: []string{"deferred", "accepted"}, says: "not settled after 5m0s", late: 1,
			takes: [2]time.Duration{5 * time.Minute, 5 * time.Minute}, ledger: []string{"capture 10000 pr:c:0-10000"},
		},
		"what is refused afterwards": {
			amount: 1309, declare: "{id: 1000000001_0, captured: all, refunded: 2.00}",
			opts: apply.Options{Wait: apply.WaitSettled, WaitTimeout: time.Hour}, settle: 10 * time.Minute,
			is: []string{"refused", "deferred"}, says: "refused it afterwards", takes: [2]time.Duration{10 * time.Minute, 11 * time.Minute},
			ledger: []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			amount := tt.amount
			if amount == 0 {
				amount = 10000
			}
			slowly := func(b *sandbox.Behaviour) { b.SettleAfter, b.MagicAmounts = tt.settle, tt.amount != 0 }
			inBubble(t, slowly, []string{seed("1000000001_0", amount)}, func(w *world, p *process) {
				if tt.portal > 0 {
					_, err := w.sb.Portal("1000000001_0", sandbox.Capture, tt.portal)
					require.NoError(t, err)
				}
				p.opts = tt.opts
				file := p.planNow(tt.declare)
				begun := time.Now()
				o := p.apply(file)
				took := time.Since(begun)
				o.is(tt.is...).complete(true)
				require.Equal(t, tt.late, o.sum.Late)
				if tt.says != "" {
					o.says(slices.IndexFunc(tt.is, func(s string) bool { return s != "deferred" }), tt.says)
				}
				if tt.takes[1] > 0 {
					require.GreaterOrEqual(t, took, tt.takes[0])
					require.LessOrEqual(t, took, tt.takes[1])
				}
				w.ledger("1000000001_0", tt.ledger...)
				p.nothingToResume()
				if tt.followed {
					require.Empty(t, calls(p.planNow(tt.declare)))
				}
			})
		})
	}
}

// An interrupt ends the waiting at once; what was waited for is told as it
// stands.
func TestWaitInterrupted(t *testing.T) {
	t.Parallel()
	inBubble(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour }, []string{seed("1000000001_0", 10000)}, func(w *world, p *process) {
		p.opts = apply.Options{Wait: apply.WaitSettled, WaitTimeout: 2 * time.Hour}
		h, rec := p.accept(p.planNow("{id: 1000000001_0, captured: all}"))
		ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Minute)
		defer cancel()
		begun := time.Now()
		o := p.run(ctx, h, rec).is("accepted").says(0, "interrupted")
		require.Equal(t, 10*time.Minute, time.Since(begun))
		require.True(t, o.sum.Interrupt)
	})
}

// A call that waits to be sent again, because the platform is busy, does not
// hold up an interrupt; what became of it is not claimed to be known.
func TestInterruptEndsRetryAfter(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"capturePayment", "getPaymentDetails"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(*sandbox.Behaviour) {}, []string{seed("1000000001_0", 10000)}, func(w *world, p *process) {
				h, rec := p.accept(p.planNow("{id: 1000000001_0, captured: all}"))
				w.fault(sandbox.Fault{Kind: sandbox.Status, Status: 503, RetryAfter: 55 * time.Second, Times: -1, Operation: operation})
				ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Second)
				defer cancel()
				pacer := pace.New(4, 0)
				p.gate.(*gateway.Gateway).Paced(ctx, pacer)
				p.pace = pacer
				begun := time.Now()
				o := p.run(ctx, h, rec)
				require.Less(t, time.Since(begun), 5*time.Second)
				w.sb.ClearFaults()
				if operation == "getPaymentDetails" {
					o.is("skipped")
					require.True(t, o.sum.Interrupt)
				} else {
					o.is("unknown")
				}
				w.ledger("1000000001_0")
			})
		})
	}
}

// Revisit finds what the platform did with accepted calls since, and records it
// once.
func TestRevisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *sandbox.Behaviour) { b.SettleAfter, b.MagicAmounts = time.Hour, true },
		seed("1000000001_0", 5000), seed("1000000002_0", 1309), seed("1000000003_0", 7000))
	p := w.start()
	p.apply(p.plan("{id: 1000000001_0, captured: all}", "{id: 1000000002_0, captured: all}", "{id: 1000000003_0, captured: all}")).
		is("accepted", "accepted", "accepted")
	p = p.restart()
	p.revisit().is("accepted", "accepted", "accepted")
	w.clk.advance(2 * time.Hour)
	require.Contains(t, string(p.plan("{id: 1000000002_0, captured: all}")), "refused_after_acceptance")
	p = p.restart()
	o := p.revisit().is("settled", "refused", "settled").says(1, "refused it afterwards")
	require.Contains(t, o.results[1].Hint, "plan again")
	p.revisit().is()
	require.Equal(t, []plan.State{plan.StateRefused}, p.states("1000000002_0"))
	require.NotContains(t, string(p.plan("{id: 1000000002_0, captured: all}")), "refused_after_acceptance")
}

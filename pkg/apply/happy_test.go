package apply_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const (
	one = "3066177123_0"
	two = "3066177124_0"
)

func TestApply(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		seed    string
		declare string
		ledger  []string
		is      []string
	}{
		"a total": {
			seed(one, 12500), `{id: "3066177123_0", captured: 60.00}`,
			[]string{"capture 6000 pr:c:0-6000"},
			[]string{"settled"},
		},
		"everything": {
			seed(one, 12500), `{id: "3066177123", captured: all}`,
			[]string{"capture 12500 pr:c:0-12500"},
			[]string{"settled"},
		},
		"several items": {
			seed(one, 12500), `{id: "3066177123_0", captures: [{ref: ship-1, amount: 80.00}, {ref: ship-2, amount: 20.00}]}`,
			[]string{"capture 8000 ship-1", "capture 2000 ship-2"},
			[]string{"settled", "settled"},
		},
		"a final one": {
			seed(one, 12500), `{id: "3066177123_0", captures: [{ref: ship-1, amount: 80.00}, {ref: ship-2, amount: 20.00, final: true}]}`,
			[]string{"capture 8000 ship-1", "capture 2000 ship-2"},
			[]string{"settled", "settled"},
		},
		"a cancel": {
			seed(one, 12500), `{id: "3066177123_0", cancelled: all}`,
			[]string{"cancel 12500 pr:v:0-12500"},
			[]string{"settled"},
		},
		"a part of it cancelled": {
			seed(one, 12500), `{id: "3066177123_0", cancels: [{ref: void-1, amount: 25.00}]}`,
			[]string{"cancel 2500 void-1"},
			[]string{"settled"},
		},
		"two refunds of a sale": {
			`{"id":"3066177123_0","amount":12500,"currency":"EUR","mode":"SALE"}`,
			`{id: "3066177123_0", refunds: [{ref: rma-1, amount: 20.00, reason: damaged}, {ref: rma-2, amount: 5.00}]}`,
			[]string{"refund 2000 rma-1", "refund 500 rma-2"},
			[]string{"settled", "settled"},
		},
		"capture, and a refund that waits for it": {
			seed(one, 12500), `{id: "3066177123_0", captured: all, refunded: 12.50}`,
			[]string{"capture 12500 pr:c:0-12500"},
			[]string{"deferred", "settled"},
		},
		"nothing declared too much is made": {
			seed(one, 12500), `{id: "3066177123_0", captured: 126.00}`, nil, []string{"blocked"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, tt.seed).onDisk()
			p := w.start()
			p.apply(p.plan(tt.declare)).is(tt.is...).complete(true)
			w.ledger(one, tt.ledger...)
			p.nothingToResume()
			if tt.is[0] != "deferred" && tt.is[0] != "blocked" {
				require.Empty(t, calls(p.plan(tt.declare)), "the same manifest finds nothing to do")
			}
		})
	}
}

// What waits in the first plan is made by a second one.
func TestApplyInTwoPlans(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	const declare = `{id: "3066177123_0", captures: [{ref: s, amount: 100.00, final: true}], refunds: [{ref: r, amount: 12.50}]}`
	p.apply(p.plan(declare)).is("deferred", "settled")
	p.apply(p.plan(declare)).is("settled").complete(true)
	require.Empty(t, calls(p.plan(declare)))
	w.ledger(one, "capture 10000 s", "refund 1250 r")
}

func TestSummary(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500), seed(two, 5000), seed("3066177125_0", 700))
	p := w.start()
	file := p.plan(`{id: "3066177123_0", captured: 60.00}`, `{id: "3066177124_0", captured: 50.00}`, `{id: "3066177125_0", captured: 8.00}`)
	h, rec := p.accept(file)
	o := p.run(t.Context(), h, rec).is("settled", "settled", "blocked")
	want := apply.Summary{
		PlanID: rec.PlanID, Started: noon, Finished: noon, Payments: 3, Complete: true,
		Counts: map[apply.Status]int64{apply.StatusSettled: 2, apply.StatusBlocked: 1},
		Money:  []apply.Moved{{Currency: "EUR", Op: "capture", Status: apply.StatusSettled, Count: 2, Amount: 11000}},
	}
	if diff := cmp.Diff(want, o.sum); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	first := o.results[0]
	require.Equal(t, "3066177123_1", first.OperationID)
	require.Equal(t, "order-"+one, first.MerchantReference)
	require.EqualValues(t, 12500, first.Authorized)
	done, err := p.j.Plan(t.Context(), rec.PlanID)
	require.NoError(t, err)
	require.Equal(t, "2 settled, 0 accepted, 0 refused, 0 unknown, 0 stale, 0 skipped, 1 blocked", done.Result)
}

// What is accepted is not settled, and a later run finds out.
func TestDelayedSettlement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour }, seed(one, 12500))
	p := w.start()
	const declare = `{id: "3066177123_0", captured: all, refunded: 5.00}`
	p.apply(p.plan(declare)).is("deferred", "accepted").complete(true)
	require.Equal(t, []plan.State{plan.StateAccepted}, p.states(one))
	require.Empty(t, calls(p.plan(declare)))
	w.clk.advance(2 * time.Hour)
	p.apply(p.plan(declare)).is("accepted")
	w.ledger(one, "capture 12500 pr:c:0-12500", "refund 500 pr:r:0-500")
	require.Equal(t, []plan.State{plan.StateSettled, plan.StateAccepted}, p.states(one), "the capture was seen to have settled")
}

// What the platform accepts and then refuses is not called done, and what was
// to follow it is not sent.
func TestRefusedAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	p.apply(p.plan(`{id: "3066177123_0", captures: [{ref: s-1, amount: 13.09}, {ref: s-2, amount: 20.00, final: true}]}`)).
		is("skipped", "refused").says(0, "the capture s-1 before it is refused").complete(true)
	w.ledger(one)
	require.Equal(t, []plan.State{plan.StateRefused}, p.states(one))
	again := p.plan(`{id: "3066177123_0", captures: [{ref: s-1, amount: 13.09}, {ref: s-2, amount: 20.00, final: true}]}`)
	require.Equal(t, []int{2, 1}, []int{calls(again)[0].Attempt, calls(again)[1].Attempt})
}

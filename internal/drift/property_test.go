package drift_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/drift"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A world is a payment on a platform that does what it is told.
type world struct {
	amount  int64
	ops     []plan.ReadOperation
	intents []plan.Intent
}

var codesOf = map[spec.Op]struct{ settled, requested int }{
	spec.Capture: {9, 91}, spec.Cancel: {6, 61}, spec.Refund: {8, 81},
}

// add makes an operation and returns its id.
func (w *world) add(op spec.Op, amount int64, ref string, settled bool) string {
	code := codesOf[op].requested
	if settled {
		code = codesOf[op].settled
	}
	id := fmt.Sprintf("%s_%d", base, len(w.ops)+1)
	w.ops = append(w.ops, plan.ReadOperation{ID: id, Code: &code, Amount: &amount, Currency: "EUR", Ref: ref})
	return id
}

func (w *world) read(at time.Time) plan.Observed {
	yes, code := true, 5
	ops := append([]plan.ReadOperation{{ID: base + "_0", Code: &code, Amount: &w.amount, Currency: "EUR", Ref: "order-1"}}, w.ops...)
	return plan.Observe(plan.Reading{
		ID: base + "_0", Amount: w.amount, Currency: "EUR", Code: code, Authorized: &yes, Cancellable: &yes, Refundable: &yes,
		Methods: 1, MerchantReference: "order-1", Operations: ops,
	}, at)
}

// apply makes the calls of a plan and records them as apply does: with the id of
// the operation or without, accepted or settled, shown at once or later.
func (w *world) apply(t *rapid.T, e *plan.Entry) {
	for n, a := range e.Content.Actions {
		if !a.Kind.Calls() {
			continue
		}
		i := plan.Intent{
			Seq: int64(n + 1), Payment: base, Op: a.Op, Ref: a.Ref, Amount: a.Amount, Currency: "EUR", Final: a.Final, Attempt: a.Attempt,
			Key: a.Key, PlanID: "plan-1", At: now.Add(-time.Minute), StateAt: now.Add(-time.Minute), State: plan.StateAccepted,
		}
		settled := rapid.Bool().Draw(t, "settled")
		if rapid.Bool().Draw(t, "hidden") {
			i.OperationID = base + "_99" + fmt.Sprint(n)
			w.intents = append(w.intents, i)
			continue
		}
		ref := a.Ref
		if rapid.Bool().Draw(t, "no echo") {
			ref = ""
		}
		i.OperationID = w.add(a.Op, a.Amount, ref, settled)
		switch {
		case ref != "" && rapid.Bool().Draw(t, "nameless"):
			i.OperationID = ""
		case settled && rapid.Bool().Draw(t, "known as settled"):
			i.State = plan.StateSettled
		}
		w.intents = append(w.intents, i)
	}
}

// drawWorld draws a payment to which others did things before, and what is
// wanted of it.
func drawWorld(t *rapid.T) (*world, *spec.Payment) {
	w := &world{amount: rapid.Int64Range(1, 20_000).Draw(t, "amount")}
	left, captured := w.amount, int64(0)
	for range rapid.IntRange(0, 3).Draw(t, "before") {
		if left == 0 {
			break
		}
		n := rapid.Int64Range(1, left).Draw(t, "part")
		w.add(spec.Capture, n, "", rapid.Bool().Draw(t, "settled"))
		left, captured = left-n, captured+n
	}
	p := &spec.Payment{ID: base + "_0", Currency: "EUR", Manifest: &spec.Manifest{}, Pos: spec.Pos{File: "orders.yaml", Line: 12}}
	draw := func(d *spec.Desired, prefix string, most int64) {
		switch d.Mode = rapid.SampledFrom([]spec.Mode{spec.Unmanaged, spec.Total, spec.All, spec.Items}).Draw(t, prefix); d.Mode {
		case spec.Total:
			d.Total = rapid.Int64Range(0, most).Draw(t, "total")
		case spec.Items:
			for i := range rapid.IntRange(0, 3).Draw(t, "items") {
				d.Items = append(d.Items, spec.Item{Ref: fmt.Sprintf("%s-%d", prefix, i), Amount: rapid.Int64Range(1, most+1).Draw(t, "item")})
			}
		case spec.All, spec.Unmanaged:
		}
	}
	draw(&p.Captures, "capture", w.amount)
	draw(&p.Cancels, "cancel", w.amount)
	if draw(&p.Refunds, "refund", w.amount); p.Refunds.Mode == spec.All {
		p.Refunds.Mode = spec.Unmanaged // is not written
	}
	return w, p
}

// Where nobody else acts, nothing has drifted when a plan was applied, whatever
// was there before, and whatever the plan could not reach.
func TestNobodyElseIsNoDrift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, p := drawWorld(t)
		e := plan.Diff(p, w.read(now.Add(-time.Hour)), plan.Known{Env: env})
		w.apply(t, &e)
		s := drift.Subject{Payment: p.ID, Entry: &e, PlanID: "plan-1", AppliedAt: now.Add(-time.Minute)}
		found := drift.Judge(s, w.read(now), plan.Known{Env: env, Intents: w.intents}, drift.Options{Now: now, Late: drift.DefaultLate})
		require.Empty(t, found)
	})
}

// What somebody else does is found, once, with its amount, and Judge changes
// nothing that it is given.
func TestOthersAreFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, p := drawWorld(t)
		e := plan.Diff(p, w.read(now.Add(-time.Hour)), plan.Known{Env: env})
		w.apply(t, &e)
		open := w.read(now).Open()
		for _, i := range w.intents {
			if !slices.ContainsFunc(w.ops, func(o plan.ReadOperation) bool { return o.ID == i.OperationID || o.Ref == i.Ref }) {
				open -= i.Amount
			}
		}
		if open <= 0 {
			t.Skip("nothing is left")
		}
		amount := rapid.Int64Range(1, open).Draw(t, "amount")
		op := rapid.SampledFrom([]spec.Op{spec.Capture, spec.Cancel}).Draw(t, "op")
		id := w.add(op, amount, rapid.SampledFrom([]string{"", "portal"}).Draw(t, "ref"), rapid.Bool().Draw(t, "settled"))
		s := drift.Subject{Payment: p.ID, Entry: &e, PlanID: "plan-1", AppliedAt: now.Add(-time.Minute)}
		before := slices.Clone(w.intents)
		found := drift.Judge(s, w.read(now), plan.Known{Env: env, Intents: w.intents}, drift.Options{Now: now, Late: drift.DefaultLate})
		if diff := cmp.Diff(before, w.intents); diff != "" {
			t.Fatal(diff)
		}
		at := slices.IndexFunc(found, func(f drift.Finding) bool { return f.Code == drift.Others })
		require.GreaterOrEqual(t, at, 0, "%+v", found)
		require.Equal(t, id, found[at].Operation)
		require.Equal(t, amount, found[at].Amount)
		for _, f := range found {
			require.True(t, f.Code == drift.Exceeded || f.Operation == id, "%+v", f)
		}
	})
}

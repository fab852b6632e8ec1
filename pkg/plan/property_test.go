package plan_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var refs = []string{"a", "b", "c", "order-1001", "pr:c:0-10"}

// drawWant draws what a manifest may declare of a payment over about 100.
func drawWant(t *rapid.T) *spec.Payment {
	p := &spec.Payment{ID: base + "_0", Currency: "EUR", Manifest: &spec.Manifest{}, Pos: spec.Pos{File: "f.yaml", Line: 1}}
	for _, op := range spec.Ops {
		*p.Desired(op) = drawDesired(t, op)
	}
	if rapid.IntRange(0, 9).Draw(t, "guarded") == 0 {
		p.Authorized = rapid.SampledFrom([]int64{100, 99}).Draw(t, "authorized")
	}
	return p
}

func drawDesired(t *rapid.T, op spec.Op) (d spec.Desired) {
	d.Mode = rapid.SampledFrom([]spec.Mode{spec.Unmanaged, spec.Items, spec.Total, spec.Total, spec.All}).Draw(t, "mode")
	switch d.Mode {
	case spec.Total:
		d.Total = rapid.Int64Range(0, 110).Draw(t, "total")
	case spec.Items:
		for i := range rapid.IntRange(0, 3).Draw(t, "items") {
			it := spec.Item{Ref: refs[i], Amount: rapid.Int64Range(1, 60).Draw(t, "amount")}
			if op == spec.Refund {
				it.Reason = rapid.SampledFrom([]string{"", "why"}).Draw(t, "reason")
			}
			if rapid.IntRange(0, 5).Draw(t, "adopts") == 0 {
				it.Operation = fmt.Sprintf("%s_%d", base, rapid.IntRange(0, 4).Draw(t, "operation"))
			}
			d.Items = append(d.Items, it)
		}
		if n := len(d.Items); n > 0 && op == spec.Capture {
			d.Items[n-1].Final = rapid.Bool().Draw(t, "final")
		}
	case spec.All:
		if op == spec.Refund {
			d.Mode = spec.Unmanaged
		}
	case spec.Unmanaged:
	}
	return d
}

// drawReading draws an answer of the platform: consistent or not.
func drawReading(t *rapid.T) plan.Reading {
	flag := rapid.SampledFrom([]byte("TTTF-"))
	r := plan.Reading{
		ID: base + "_0", Currency: "EUR", Amount: 100, Methods: 1, MerchantReference: "order-1001",
		Code:       rapid.SampledFrom([]int{5, 5, 5, 9, 9, 91, 81, 8, 6, 61, 2, 46, 92}).Draw(t, "code"),
		Authorized: triOf(flag.Draw(t, "A")), Cancellable: triOf(flag.Draw(t, "C")), Refundable: triOf(flag.Draw(t, "R")),
		Product: rapid.SampledFrom([]int{1, 1, 1, 840}).Draw(t, "product"),
	}
	for i := range rapid.IntRange(1, 5).Draw(t, "operations") {
		code := rapid.SampledFrom([]int{9, 9, 9, 91, 6, 61, 8, 81, 93, 83, 63, 92, 82, 62, 5, 77}).Draw(t, "code")
		amount := rapid.Int64Range(0, 60).Draw(t, "amount")
		if i == 0 {
			code, amount = rapid.SampledFrom([]int{5, 5, 5, 9, 9, 6, 81}).Draw(t, "code"), 100
		}
		r.Operations = append(r.Operations, plan.ReadOperation{
			ID: fmt.Sprintf("%s_%d", base, i), Code: &code, Amount: &amount, Currency: "EUR",
			Ref: rapid.SampledFrom(append([]string{"", ""}, refs...)).Draw(t, "ref"),
		})
	}
	return r
}

var anyState = []plan.State{plan.StateIntended, plan.StateAccepted, plan.StateSettled, plan.StateRefused, plan.StateUnknown, plan.StateWithdrawn}

func drawKnown(t *rapid.T) plan.Known {
	k := plan.Known{Env: testEnv}
	k.Env.RefundOpen = rapid.Bool().Draw(t, "refundOpen")
	for i := range rapid.SampledFrom([]int{0, 0, 1, 2, 3}).Draw(t, "intents") {
		in := plan.Intent{
			Seq: int64(i), Payment: base, Currency: "EUR", Attempt: 1, Op: rapid.SampledFrom(spec.Ops[:]).Draw(t, "op"),
			Ref: rapid.SampledFrom(refs).Draw(t, "ref"), Amount: rapid.Int64Range(1, 60).Draw(t, "amount"),
			State: rapid.SampledFrom(anyState).Draw(t, "state"), Final: rapid.Bool().Draw(t, "final"),
		}
		if rapid.Bool().Draw(t, "named") {
			in.OperationID = fmt.Sprintf("%s_%d", base, rapid.IntRange(0, 6).Draw(t, "operation"))
		}
		k.Intents = append(k.Intents, in)
	}
	return k
}

// TestDiffProperties draws worlds of any kind, most of them contradictory, and
// holds what every plan must hold.
func TestDiffProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, o, k := drawWant(t), plan.Observe(drawReading(t), readAt), drawKnown(t)
		before := [...]string{fmt.Sprintf("%+v", *w), fmt.Sprintf("%+v", o), fmt.Sprintf("%+v", k)}
		e := plan.Diff(w, o, k)
		again := plan.Diff(w, o, k)
		if d := cmp.Diff(e, again); d != "" {
			t.Fatalf("not deterministic:\n%s", d)
		}
		require.Equal(t, before, [...]string{fmt.Sprintf("%+v", *w), fmt.Sprintf("%+v", o), fmt.Sprintf("%+v", k)})
		require.NoError(t, e.Check())
		_, unsound := e.Blocked(plan.ReasonConservation)
		require.False(t, unsound, "%+v", e.Content.Actions)
		holdsTotals(t, &e)
		holdsDoubt(t, &e, k)
		for _, a := range e.Content.Actions {
			require.LessOrEqual(t, len(plan.DerivedRef(a.Op, a.Before, a.After)), 30)
			if a.Kind.Calls() {
				require.Len(t, string(a.Key), 39)
				require.Empty(t, a.Reason)
				continue
			}
			require.NotEmpty(t, a.Reason)
			require.NotEmpty(t, a.Message)
			require.NotEmpty(t, a.Hint)
			if a.Kind != plan.Deferred {
				require.Empty(t, a.Key)
			}
			if a.Key != "" {
				require.NotZero(t, a.Attempt)
				require.NotEmpty(t, a.Ref)
			}
		}
	})
}

// holdsTotals holds that with every call made no more is captured, cancelled
// or refunded than there is, by an account of its own.
func holdsTotals(t *rapid.T, e *plan.Entry) {
	sum := map[spec.Op]int64{}
	for _, o := range e.Content.Have.Operations {
		if o.Live() {
			sum[o.Op] += o.Amount
		}
	}
	for _, a := range e.Content.Actions {
		if a.Kind.Calls() {
			sum[a.Op] += a.Amount
			require.Empty(t, e.Content.Have.Fault)
		}
	}
	if e.Calls() > 0 {
		require.LessOrEqual(t, sum[spec.Capture]+sum[spec.Cancel], e.Content.Have.Authorized)
		require.LessOrEqual(t, sum[spec.Refund], sum[spec.Capture])
	}
}

// holdsDoubt holds that a kind with an open intent, or with an accepted one
// that no read shows, makes no call.
func holdsDoubt(t *rapid.T, e *plan.Entry, k plan.Known) {
	for _, a := range e.Content.Actions {
		if !a.Kind.Calls() {
			continue
		}
		for _, i := range k.Intents {
			require.False(t, i.Op == a.Op && i.Open(), "%s with an open intent", a.Op)
			require.False(t, i.Made() && i.Op == a.Op && i.Ref == a.Ref && i.OperationID == "", "%s %s made before", a.Op, a.Ref)
		}
		for _, o := range e.Content.Have.Operations {
			require.False(t, o.Unseen && o.Op == a.Op, "%s behind one that is not shown", a.Op)
		}
	}
}

// TestEditedManifest holds that no edit of a manifest dissolves doubt.
func TestEditedManifest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doubted := rapid.SampledFrom(spec.Ops[:]).Draw(t, "op")
		k := plan.Known{Env: testEnv, Intents: []plan.Intent{{
			Payment: base, Op: doubted, Ref: "a", Amount: 10, Currency: "EUR", Attempt: 1,
			State: rapid.SampledFrom([]plan.State{plan.StateIntended, plan.StateUnknown}).Draw(t, "state"),
		}}}
		o := plan.Observe(drawReading(t), readAt)
		e := plan.Diff(drawWant(t), o, k)
		for _, a := range e.Content.Actions {
			require.False(t, a.Kind.Calls() && a.Op == doubted)
		}
		_, told := e.Blocked(plan.ReasonInDoubt)
		require.True(t, told)
	})
}

// TestKeys holds that a key changes with everything that is in the body of a
// call or decides whom it is for, and with nothing else.
func TestKeys(t *testing.T) {
	t.Parallel()
	type call struct {
		env      plan.Env
		id       spec.PaymentID
		currency spec.Currency
		a        plan.Action
	}
	some := func(t *rapid.T, of ...string) string { return rapid.SampledFrom(of).Draw(t, "s") }
	draw := func(t *rapid.T) call {
		c := call{
			env: plan.Env{Name: some(t, "test", "live"), Merchant: some(t, "m", "n"), CaptureUnit: plan.CaptureUnit(some(t, "minor", "hundredths"))},
			id:  spec.PaymentID(some(t, "3066177123_0", "3066177123", "9000003066177123000", "3066177124_0")),
			a: plan.Action{
				Kind: plan.Kind(some(t, "capture", "cancel", "refund")), Ref: some(t, "a", "b", "a1"), Note: some(t, "", "1"),
				Amount: rapid.Int64Range(1, 3).Draw(t, "amount"), Final: rapid.Bool().Draw(t, "final"), Attempt: rapid.IntRange(1, 2).Draw(t, "attempt"),
			},
		}
		c.currency = spec.Currency(some(t, "EUR", "JPY"))
		c.a.Op = spec.Op(c.a.Kind)
		// What no call depends on:
		c.env.RefundOpen = rapid.Bool().Draw(t, "x")
		c.a.Before, c.a.After = rapid.Int64().Draw(t, "before"), rapid.Int64().Draw(t, "after")
		c.a.Hint, c.a.Undo = some(t, "", "h"), plan.Undo(some(t, "", "u"))
		return c
	}
	same := func(x, y call) bool {
		unit := x.env.CaptureUnit == y.env.CaptureUnit || x.a.Kind != plan.Capture || x.currency == "EUR"
		return unit && x.env.Name == y.env.Name && x.env.Merchant == y.env.Merchant && x.id.Base() == y.id.Base() &&
			x.currency == y.currency && x.a.Kind == y.a.Kind && x.a.Ref == y.a.Ref && x.a.Note == y.a.Note &&
			x.a.Amount == y.a.Amount && x.a.Final == y.a.Final && x.a.Attempt == y.a.Attempt
	}
	rapid.Check(t, func(t *rapid.T) {
		x, y := draw(t), draw(t)
		if rapid.Bool().Draw(t, "near") { // differ in one thing only
			z := x
			switch rapid.IntRange(0, 5).Draw(t, "thing") {
			case 0:
				z.a.Final = y.a.Final
			case 1:
				z.a.Note = y.a.Note
			case 2:
				z.env = y.env
			case 3:
				z.id = y.id
			case 4:
				z.a.Before, z.a.Hint, z.a.Undo = y.a.Before, y.a.Hint, y.a.Undo
			case 5:
				z.currency = y.currency
			}
			y = z
		}
		kx, ky := plan.KeyFor(x.env, x.id, x.currency, x.a), plan.KeyFor(y.env, y.id, y.currency, y.a)
		require.Len(t, string(kx), 39)
		require.Regexp(t, `^[A-Z2-7]+$`, string(kx))
		require.Equal(t, same(x, y), kx == ky, "%+v\n%+v", x, y)
	})
}

// TestKeyPinned pins one key: a derivation that changes would send again, under
// a new key, what was sent under the old one.
func TestKeyPinned(t *testing.T) {
	t.Parallel()
	e := diff(t, "captures ship-1=80.00", authed, "")
	require.Equal(t, plan.Key("L2I6O3D4VWAM4VJARUMVU2I2IJPFM4MEGGXA36Q"), e.Content.Actions[0].Key)
}

func TestDerivedRef(t *testing.T) {
	t.Parallel()
	require.Equal(t, "pr:c:0-6000", plan.DerivedRef(spec.Capture, 0, 6000))
	require.Equal(t, "pr:v:1-2", plan.DerivedRef(spec.Cancel, 1, 2))
	require.Len(t, plan.DerivedRef(spec.Refund, spec.MaxMinor, spec.MaxMinor), 30)
}

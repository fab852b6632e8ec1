package drift_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/drift"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// The tests write worlds in a shorthand, parts separated by "; ". Operations are
// written by their number: _1 is 3066177123_1. Amounts are minor units of EUR.
//
//	want     captured 6000 | captured all | captures a=8000 b=100@_1 (adopts) | the same of cancel and refund
//	         reference order-1
//	have     5 12500 (code and amount of the authorisation) | _1 9 6000 ship-1 (operation, code, amount, reference)
//	         unknown
//	journal  capture a 6000 settled _1 100h (how long ago; then read-before: the journal learned of it after the read)
const base = "3066177123"

// now is when drift looks; the plan was applied a day before, unless a test says
// otherwise.
var now = time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)

var env = plan.Env{Name: "test", Merchant: "shop"}

func parts(s string) (out [][]string) {
	for p := range strings.SplitSeq(s, ";") {
		if f := strings.Fields(p); len(f) > 0 {
			out = append(out, f)
		}
	}
	return out
}

func opID(s string) string {
	if strings.HasPrefix(s, "_") {
		return base + s
	}
	return s
}

func number(t testing.TB, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	require.NoError(t, err)
	return n
}

func want(t testing.TB, s string) *spec.Payment {
	t.Helper()
	p := &spec.Payment{ID: base + "_0", Currency: "EUR", Manifest: &spec.Manifest{}, Pos: spec.Pos{File: "orders.yaml", Line: 12, Col: 5}}
	kinds := map[string]*spec.Desired{
		"captured": &p.Captures, "captures": &p.Captures, "cancelled": &p.Cancels, "cancels": &p.Cancels,
		"refunded": &p.Refunds, "refunds": &p.Refunds,
	}
	for _, f := range parts(s) {
		switch d := kinds[f[0]]; {
		case f[0] == "reference":
			p.MerchantReference = f[1]
		case f[1] == "all":
			d.Mode = spec.All
		case strings.HasSuffix(f[0], "ed"):
			d.Mode, d.Total = spec.Total, number(t, f[1])
		default:
			d.Mode = spec.Items
			for _, item := range f[1:] {
				ref, amount, _ := strings.Cut(item, "=")
				amount, adopts, _ := strings.Cut(amount, "@")
				d.Items = append(d.Items, spec.Item{Ref: ref, Amount: number(t, amount), Operation: opID(adopts)})
			}
		}
	}
	return p
}

func have(t testing.TB, s string, at time.Time) plan.Observed {
	t.Helper()
	yes := true
	r := plan.Reading{ID: base + "_0", Currency: "EUR", Authorized: &yes, Cancellable: &yes, Refundable: &yes, Methods: 1, MerchantReference: "order-1"}
	for _, f := range parts(s) {
		switch {
		case f[0] == "unknown":
			return plan.Observed{At: at}
		case f[0] == "id":
			r.ID = f[1]
		case strings.HasPrefix(f[0], "_"):
			code, amount := int(number(t, f[1])), number(t, f[2])
			op := plan.ReadOperation{ID: opID(f[0]), Code: &code, Amount: &amount, Currency: "EUR"}
			if len(f) > 3 {
				op.Ref = f[3]
			}
			r.Operations = append(r.Operations, op)
		default:
			code := int(number(t, f[0]))
			r.Code, r.Amount = code, number(t, f[1])
			r.Operations = append(r.Operations, plan.ReadOperation{ID: base + "_0", Code: &code, Amount: &r.Amount, Currency: "EUR", Ref: "order-1"})
		}
	}
	return plan.Observe(r, at)
}

func journal(t testing.TB, s string) (intents []plan.Intent) {
	t.Helper()
	for n, f := range parts(s) {
		i := plan.Intent{
			Seq: int64(n + 1), Payment: base, Op: spec.Op(f[0]), Ref: f[1], Amount: number(t, f[2]), Currency: "EUR",
			State: plan.State(f[3]), Attempt: 1, PlanID: "plan-1", At: now.Add(-24 * time.Hour),
		}
		i.StateAt = i.At
		for _, x := range f[4:] {
			switch ago, err := time.ParseDuration(x); {
			case x == "read-before":
				i.StateAt = now.Add(time.Second)
			case err == nil:
				i.At, i.StateAt = now.Add(-ago), now.Add(-ago)
			default:
				i.OperationID = opID(x)
			}
		}
		intents = append(intents, i)
	}
	return intents
}

// applied is a payment of a plan that was made of a world and begun some time
// ago.
func applied(t testing.TB, wanted, then string, ago time.Duration) drift.Subject {
	t.Helper()
	at := now.Add(-ago)
	e := plan.Diff(want(t, wanted), have(t, then, at), plan.Known{Env: env})
	return drift.Subject{Payment: e.Content.Payment, Entry: &e, PlanID: "plan-1", AppliedAt: at}
}

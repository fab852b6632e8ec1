package plan_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// The tests write worlds in a shorthand, parts separated by "; ". Operations are
// written by their number: _1 is 3066177123_1.
//
//	want     captured 60.00 | captured all | cancelled … | refunded …
//	         captures ship-1=80.00 ship-2=45.00! (final) x=5.00@_1 (adopts) | refunds rma-1=20.00:why
//	         authorized 100.00 | reference order-1 | merchant shop | currency JPY | id 3066177123
//	have     5 TTF 100.00 (code, isAuthorized isCancellable isRefundable, - absent, amount)
//	         _1 9 60.00 ship-1 (operation, code, amount, reference)
//	         product 840 | reference order-1 | currency JPY | id … | unknown | surcharge | methods 2
//	journal  capture ship-1 60.00 accepted _1 (then: final, attempt=2)
const base = "3066177123"

var (
	readAt  = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	testEnv = plan.Env{Name: "test", Merchant: "shop"}
)

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

type money struct {
	t testing.TB
	c spec.Currency
}

func (m money) of(s string) int64 {
	got, err := spec.ParseMoney(s, m.c)
	require.NoError(m.t, err)
	return got.Minor
}

// currencyOf finds the currency of a shorthand, EUR when it names none.
func currencyOf(s string) spec.Currency {
	for _, f := range parts(s) {
		if f[0] == "currency" {
			return spec.Currency(f[1])
		}
	}
	return "EUR"
}

func want(t testing.TB, s string) *spec.Payment {
	t.Helper()
	m := money{t, currencyOf(s)}
	p := &spec.Payment{ID: base + "_0", Currency: m.c, Manifest: &spec.Manifest{}, Pos: spec.Pos{File: "orders.yaml", Line: 12, Col: 5}}
	kinds := map[string]*spec.Desired{
		"captured": &p.Captures, "captures": &p.Captures, "cancelled": &p.Cancels, "cancels": &p.Cancels,
		"refunded": &p.Refunds, "refunds": &p.Refunds,
	}
	for _, f := range parts(s) {
		switch f[0] {
		case "id":
			p.ID = spec.PaymentID(f[1])
		case "currency":
		case "merchant":
			p.Manifest.MerchantID = f[1]
		case "reference":
			p.MerchantReference = f[1]
		case "authorized":
			p.Authorized = m.of(f[1])
		case "captured", "cancelled", "refunded":
			d := kinds[f[0]]
			if f[1] == "all" {
				d.Mode = spec.All
				continue
			}
			d.Mode, d.Total = spec.Total, m.of(f[1])
		case "captures", "cancels", "refunds":
			d := kinds[f[0]]
			d.Mode = spec.Items
			for _, it := range f[1:] {
				d.Items = append(d.Items, m.item(it))
			}
		default:
			t.Fatalf("want: what is %q?", f)
		}
	}
	return p
}

func (m money) item(s string) (it spec.Item) {
	var ok bool
	it.Ref, s, ok = strings.Cut(s, "=")
	require.True(m.t, ok, "item %q", s)
	s, it.Operation, _ = strings.Cut(s, "@")
	it.Operation = opID(it.Operation)
	s, it.Reason, _ = strings.Cut(s, ":")
	s, it.Final = strings.CutSuffix(s, "!")
	it.Amount = m.of(s)
	return it
}

func triOf(c byte) *bool {
	if c == '-' {
		return nil
	}
	is := c == 'T'
	return &is
}

func reading(t testing.TB, s string) plan.Reading {
	t.Helper()
	m := money{t, currencyOf(s)}
	r := plan.Reading{ID: base + "_0", Currency: m.c, Methods: 1, Product: 1, MerchantReference: "order-1001"}
	for _, f := range parts(s) {
		switch {
		case f[0] == "currency":
		case f[0] == "id":
			r.ID = f[1]
		case f[0] == "reference":
			r.MerchantReference = f[1]
		case f[0] == "product":
			r.Product = number(t, f[1])
		case f[0] == "methods":
			r.Methods = number(t, f[1])
		case f[0] == "surcharge":
			r.Surcharge = true
		case strings.Contains(f[0], "_") || len(f[0]) > 9:
			r.Operations = append(r.Operations, m.operation(f))
		default:
			r.Code, r.Amount = number(t, f[0]), m.of(f[2])
			r.Authorized, r.Cancellable, r.Refundable = triOf(f[1][0]), triOf(f[1][1]), triOf(f[1][2])
		}
	}
	return r
}

func (m money) operation(f []string) plan.ReadOperation {
	code, amount := number(m.t, f[1]), m.of(f[2])
	o := plan.ReadOperation{ID: opID(f[0]), Code: &code, Amount: &amount, Currency: m.c, Method: "card"}
	for _, x := range f[3:] {
		if cat, ok := strings.CutPrefix(x, "category="); ok {
			o.Category = cat
			continue
		}
		o.Ref = x
	}
	return o
}

func have(t testing.TB, s string) plan.Observed {
	t.Helper()
	if s == "unknown" {
		return plan.Observed{At: readAt}
	}
	return plan.Observe(reading(t, s), readAt)
}

func journal(t testing.TB, s string) (out []plan.Intent) {
	t.Helper()
	m := money{t, currencyOf(s)}
	for i, f := range parts(s) {
		in := plan.Intent{
			Seq: int64(i + 1), Payment: base, Op: spec.Op(f[0]), Ref: f[1], Amount: m.of(f[2]), Currency: m.c,
			State: plan.State(f[3]), Attempt: 1, At: readAt.Add(-time.Hour), Code: 91,
		}
		for _, x := range f[4:] {
			switch n, is := strings.CutPrefix(x, "attempt="); {
			case is:
				in.Attempt = number(t, n)
			case x == "final":
				in.Final = true
			default:
				in.OperationID = opID(x)
			}
		}
		out = append(out, in)
	}
	return out
}

func number(t testing.TB, s string) int {
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

// diff plans a world in the shorthand.
func diff(t testing.TB, wants, has, journals string) plan.Entry {
	t.Helper()
	return plan.Diff(want(t, wants), have(t, has), plan.Known{Env: testEnv, Intents: journal(t, journals)})
}

// short prints actions in a line: calls as "capture ship-1 80.00" with what is
// special about them, others as their kind, reason and what they are about.
func short(e *plan.Entry) string {
	var all []string
	for _, a := range e.Content.Actions {
		all = append(all, shortAction(a, e.Content.Currency))
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, "; ")
}

func shortAction(a plan.Action, c spec.Currency) string {
	var b strings.Builder
	if a.Kind.Calls() {
		fmt.Fprintf(&b, "%s %s", a.Kind, a.Ref)
	} else {
		fmt.Fprintf(&b, "%s %s", a.Kind, a.Reason)
		for _, s := range []string{string(a.Op), a.Ref, strings.TrimPrefix(a.Operation, base)} {
			if s != "" {
				b.WriteString(" " + s)
			}
		}
	}
	if a.Amount != 0 {
		b.WriteString(" " + spec.Money{Minor: a.Amount, Currency: c}.Decimal())
	}
	if a.Final {
		b.WriteString(" final")
	}
	if a.Attempt > 1 {
		fmt.Fprintf(&b, " attempt %d", a.Attempt)
	}
	return b.String()
}

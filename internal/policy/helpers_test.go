package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// morning is a Tuesday, half past eight in Berlin.
var morning = time.Date(2026, 12, 1, 7, 30, 0, 0, time.UTC)

func header() plan.Header {
	return plan.Header{Environment: "live", Merchant: "shop-eu", Maker: "ada", Selection: "--selector desk=eu"}
}

// rules is a policy of rules, each "over: when" and what it does, which is to
// deny when nothing is said.
func rules(lines ...string) string {
	var b strings.Builder
	b.WriteString("apiVersion: payreconcile/v1\nkind: Policy\nspec:\n  rules:\n")
	for i, l := range lines {
		over, rest, _ := strings.Cut(l, ": ")
		when, effect, ok := strings.Cut(rest, " => ")
		if !ok {
			effect = "deny: no"
		}
		fmt.Fprintf(&b, "    - name: rule-%d\n      over: %s\n      when: |\n        %s\n      %s\n", i+1, over, when, effect)
	}
	return b.String()
}

func compile(t testing.TB, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("policy.yaml", []byte(text))
	require.NoError(t, err)
	return p
}

// A change makes another entry of one.
type change func(*plan.Entry)

// entry is a payment of 100.00 EUR, captured in full, of which 30.00 are to be
// refunded.
func entry(changes ...change) *plan.Entry {
	e := &plan.Entry{
		Source: "returns.yaml:12",
		Content: plan.Content{
			Payment: "3066177121_0", Currency: "EUR", Labels: plan.Labels{"desk": "eu"},
			Have: plan.Observed{
				Exists: true, ID: "3066177121_0", Code: 9, Authorized: 100_00, Currency: "EUR", MerchantReference: "order-1021",
				Totals: plan.Totals{Captured: 100_00},
			},
			Actions: []plan.Action{call(spec.Refund, "rma-77", 30_00)},
		},
	}
	for _, c := range changes {
		c(e)
	}
	return e
}

func call(op spec.Op, ref string, amount int64) plan.Action {
	return plan.Action{Kind: plan.Kind(op), Op: op, Ref: ref, Amount: amount, After: amount, Attempt: 1, Key: "k"}
}

func actions(a ...plan.Action) change { return func(e *plan.Entry) { e.Content.Actions = a } }

func in(c spec.Currency) change { return func(e *plan.Entry) { e.Content.Currency = c } }

func labels(l plan.Labels) change { return func(e *plan.Entry) { e.Content.Labels = l } }

func deferred(a plan.Action) plan.Action {
	a.Kind, a.Reason = plan.Deferred, plan.ReasonBehindCapture
	return a
}

// footer is what the entries come to.
func footer(entries ...*plan.Entry) plan.Footer {
	f := plan.Footer{Counts: plan.Counts{Actions: map[plan.Kind]int64{}}}
	for _, e := range entries {
		f.Counts.Payments++
		if e.Calls() > 0 {
			f.Counts.Changes++
		}
		for _, a := range e.Content.Actions {
			f.Counts.Actions[a.Kind]++
			if !a.Kind.Calls() {
				continue
			}
			f.Counts.Calls++
			f.Money = append(f.Money, plan.Sum{Action: a.Kind, Amount: a.Amount, Count: 1, Currency: e.Content.Currency})
		}
		if _, is := e.Blocked(); is {
			f.Counts.Blocked++
		}
		if _, is := e.Blocked(plan.ReasonInDoubt); is {
			f.Counts.InDoubt++
		}
	}
	return f
}

func all(entries ...*plan.Entry) func(func(*plan.Entry, error) bool) {
	return func(yield func(*plan.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func judge(t testing.TB, p *policy.Policy, entries ...*plan.Entry) *plan.Judgement {
	t.Helper()
	j, err := policy.Judge(p, header(), footer(entries...), all(entries...), policy.Planning, morning)
	require.NoError(t, err)
	return j
}

package policy_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

const house = `apiVersion: payreconcile/v1
kind: Policy
metadata: {name: house-rules}
spec:
  rules:
    - name: refund-cap
      over: call
      when: kind == "refund" && amount > minor("500.00 EUR") && currency == "EUR" && !("refund-cap" in labels)
      deny: a refund over 500.00 EUR
      override: have the controller agree, and label the manifest refund-cap=off
    - name: second-signature
      over: plan
      when: moved("refund", "EUR") > minor("10000.00 EUR")
      approvals: 2
`

func TestJudge(t *testing.T) {
	t.Parallel()
	large := actions(call(spec.Refund, "rma-78", 500_01))
	denial := plan.Denial{
		Message: "refund of 500.01 EUR: a refund over 500.00 EUR", Override: "have the controller agree, and label the manifest refund-cap=off",
		Payment: "3066177121_0", Ref: "rma-78", Rule: "refund-cap", Source: "returns.yaml:12",
	}
	huge := entry(actions(call(spec.Refund, "rma-79", 10_000_01)), labels(plan.Labels{"refund-cap": "off"}))
	for name, tt := range map[string]struct {
		entries []*plan.Entry
		want    plan.Judgement
	}{
		"nothing":           {nil, plan.Judgement{}},
		"a small refund":    {[]*plan.Entry{entry()}, plan.Judgement{}},
		"a large refund":    {[]*plan.Entry{entry(), entry(large)}, plan.Judgement{Denials: []plan.Denial{denial}, Denied: 1}},
		"with its label":    {[]*plan.Entry{entry(large, labels(plan.Labels{"refund-cap": "off"}))}, plan.Judgement{}},
		"other currency":    {[]*plan.Entry{entry(large, in("CHF"))}, plan.Judgement{}},
		"other kind":        {[]*plan.Entry{entry(actions(call(spec.Capture, "s", 500_01)))}, plan.Judgement{}},
		"not a call":        {[]*plan.Entry{entry(actions(plan.Action{Kind: plan.Blocked, Op: spec.Refund, Amount: 500_01}))}, plan.Judgement{}},
		"made later":        {[]*plan.Entry{entry(actions(deferred(call(spec.Refund, "rma-78", 500_01))))}, plan.Judgement{Denials: []plan.Denial{denial}, Denied: 1}},
		"needs two people":  {[]*plan.Entry{huge}, plan.Judgement{Approvals: 2}},
		"counts what waits": {[]*plan.Entry{entry(labels(plan.Labels{"refund-cap": ""}), actions(call(spec.Refund, "a", 5_000_00), deferred(call(spec.Refund, "b", 5_000_01))))}, plan.Judgement{Approvals: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(&tt.want, judge(t, compile(t, house), tt.entries...)); diff != "" {
				t.Errorf("judgement (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVariables asks one rule each about one world.
func TestVariables(t *testing.T) {
	t.Parallel()
	doubt := plan.Action{Kind: plan.Blocked, Op: spec.Capture, Reason: plan.ReasonInDoubt}
	final := call(spec.Capture, "ship-2", 20_00)
	final.Final, final.Before, final.After, final.Attempt = true, 50_00, 70_00, 2
	refund := call(spec.Refund, "rma-77", 30_00)
	refund.Note = "damaged"
	world := []*plan.Entry{
		entry(actions(refund, deferred(call(spec.Refund, "rma-78", 5_00)), doubt)),
		entry(in("CHF"), actions(final, call(spec.Cancel, "rest", 1_00))),
		entry(actions()),
	}
	for _, yes := range []string{
		`call: kind == "refund" && amount == minor("30.00 EUR") && currency == "EUR" && ref == "rma-77" && note == "damaged"`,
		`call: final && attempt == 2 && before == 5000 && after == 7000 && irreversible`,
		`call: !final && irreversible && kind == "cancel"`,
		`call: deferred && amount == 500`,
		`call: source == "returns.yaml:12" && payment == "3066177121_0" && merchant_reference == "order-1021"`,
		`payment: status == 9 && authorized == 10000 && captured == 10000 && refunded == 0 && cancelled == 0`,
		`payment: refunding == 3500 && refunded_after == 3500 && calls == 2`,
		`payment: capturing == 2000 && captured_after == 12000 && cancelling == 100 && cancelled_after == 100`,
		`payment: blocked && in_doubt && labels.desk == "eu" && "desk" in labels && has(labels.desk)`,
		`plan: payments == 3 && changes == 2 && calls == 4 && blocked_payments == 1 && in_doubt_payments == 1 && waiting_payments == 0`,
		`plan: currencies == ["CHF", "EUR"] && currencies.exists(c, moved("cancel", c) == 100)`,
		`plan: moved("refund", "EUR") == 3500 && calls_of("refund", "EUR") == 2 && moved("refund", "USD") == 0`,
		`plan: environment == "live" && merchant == "shop-eu" && maker == "ada" && phase == "plan" && selection == "--selector desk=eu"`,
		`plan: now == timestamp("2026-12-01T07:30:00Z") && now.getHours("Europe/Berlin") == 8 && now.getHours() == 7 && now.getHours("-01:00") == 6`,
		`plan: now.getDayOfWeek() == 2 && now.getDate() == 1 && now.getDayOfMonth() == 0 && now.getMonth() == 11 && now.getFullYear() == 2026`,
		`plan: now.getDayOfYear("UTC") == 334 && now.getMinutes() == 30 && now.getSeconds() == 0 && now - duration("1h") < now`,
		`call: amount > minor("29.99 " + currency)`,
		`call: ref.matches("^rma-[0-9]+$")`,
	} {
		t.Run(yes, func(t *testing.T) {
			t.Parallel()
			j := judge(t, compile(t, rules(yes)), world...)
			require.Equal(t, int64(1), min(1, j.Denied), "no denial")
			require.NotContains(t, j.Denials[0].Message, "cannot be judged")
		})
	}
	for _, v := range policy.Variables() {
		require.NotEmpty(t, v.Doc, v.Name)
		require.NotEmpty(t, v.Over, v.Name)
	}
}

// TestErrorsDeny holds that what cannot be found out is denied, with the rule,
// the payment and the error.
func TestErrorsDeny(t *testing.T) {
	t.Parallel()
	long := "[" + strings.Repeat("1, ", 150) + "1]"
	endless := long + ".all(a, " + long + ".all(b, " + long + ".all(c, a + b + c > 0)))"
	for name, tt := range map[string]struct{ rule, want string }{
		"division by zero":     {`call: amount / (amount - 3000) > 1`, "division by zero (policy.yaml:8:16)"},
		"remainder":            {`call: amount % refunded > 1`, "modulus by zero (policy.yaml:8:16)"},
		"overflow":             {`call: amount * 9223372036854775807 > 1`, "integer overflow (policy.yaml:8:16)"},
		"no such label":        {`call: labels["team"] == "a"`, "no such key: team (policy.yaml:8:15)"},
		"no such field":        {`payment: labels.team == "a"`, "no such key: team (policy.yaml:8:15)"},
		"no such item":         {`plan: currencies[7] == "EUR"`, "index out of bounds: 7 (policy.yaml:8:19)"},
		"no amount":            {`call: amount > minor(ref)`, "amount \"rma-77\" names no currency (policy.yaml:8:23)"},
		"no kind":              {`plan: moved(environment, "EUR") > 1`, "moved has no kind live: it is capture, cancel or refund (policy.yaml:8:14)"},
		"bad expression":       {`call: "a".matches("(" + ref)`, "error parsing regexp: missing closing ): `(rma-77` (policy.yaml:8:9)"},
		"a rule without end":   {`call: ` + endless, "it takes more work than the 1000000 steps that a rule may (policy.yaml:7)"},
		"over a payment too":   {`payment: ` + endless, "it takes more work than the 1000000 steps that a rule may (policy.yaml:7)"},
		"over a plan too":      {`plan: ` + endless, "it takes more work than the 1000000 steps that a rule may (policy.yaml:7)"},
		"approvals deny":       {`plan: 1 / (payments - 1) == 1 => approvals: 1`, "division by zero (policy.yaml:8:11)"},
		"a text without end":   {`call: note.size() > 3`, "note is longer than 4096 bytes (policy.yaml:8:9)"},
		"more than is counted": {`payment: capturing > 1`, "capturing is more than can be counted (policy.yaml:8:9)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refund, capture := call(spec.Refund, "rma-77", 30_00), call(spec.Capture, "s", 1<<62)
			refund.Note = strings.Repeat("x", 5000)
			e := entry(actions(refund))
			if name == "more than is counted" {
				e = entry(actions(capture, capture))
			}
			j := judge(t, compile(t, rules(tt.rule)), e)
			require.Equal(t, int64(1), j.Denied)
			d := j.Denials[0]
			require.Contains(t, d.Message, "the rule cannot be judged: "+tt.want)
			require.Equal(t, "rule-1", d.Rule)
			require.NotEmpty(t, d.Override)
			if tt.rule[:4] != "plan" {
				require.Equal(t, "3066177121_0", d.Payment)
			}
			require.Zero(t, j.Approvals)
		})
	}
}

// TestEndless holds that a rule which is slow for every payment ends as well.
func TestEndless(t *testing.T) {
	t.Parallel()
	long := "[" + strings.Repeat("1, ", 150) + "1]"
	p := compile(t, rules(`call: `+long+".all(a, "+long+".all(b, "+long+".all(c, a + b + c > 0)))"))
	entries := make([]*plan.Entry, 1000)
	for i := range entries {
		entries[i] = entry()
	}
	start := time.Now()
	j := judge(t, p, entries...)
	require.Less(t, time.Since(start), time.Minute)
	require.Equal(t, int64(1000), j.Denied)
	require.Len(t, j.Denials, plan.MaxDenials)
	require.Contains(t, j.Denials[99].Message, "more work than judging a plan may")
}

// TestDenials holds that the plan comes first, that the list ends and the
// count does not, and that a rule says when it names no exception.
func TestDenials(t *testing.T) {
	t.Parallel()
	p := compile(t, rules("call: true", "plan: true", "payment: true => approvals: 3", "payment: true => approvals: 2"))
	entries := make([]*plan.Entry, 150)
	for i := range entries {
		entries[i] = entry()
	}
	j := judge(t, p, entries...)
	require.Equal(t, int64(151), j.Denied)
	require.Len(t, j.Denials, plan.MaxDenials)
	require.Equal(t, 3, j.Approvals)
	none := "the rule names no exception: change what is declared, or have the rule changed"
	require.Equal(t, plan.Denial{Message: "no", Override: none, Rule: "rule-2"}, j.Denials[0])
	require.Equal(t, plan.Denial{
		Message: "refund of 30.00 EUR: no", Override: none, Rule: "rule-1", Payment: "3066177121_0", Ref: "rma-77", Source: "returns.yaml:12",
	}, j.Denials[1])
}

func TestPlanWithoutCalls(t *testing.T) {
	t.Parallel()
	p := compile(t, rules(`call: true`, `payment: true`, `plan: true`, `plan: true => approvals: 20`))
	require.Equal(t, &plan.Judgement{}, judge(t, p, entry(actions()), entry(actions(plan.Action{Kind: plan.Pending, Op: spec.Refund}))))
	require.Equal(t, 20, judge(t, p, entry()).Approvals)
}

func TestJudgePassesErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	_, err := policy.Judge(compile(t, house), header(), plan.Footer{}, func(yield func(*plan.Entry, error) bool) { yield(nil, broken) }, policy.Applying, morning)
	require.ErrorIs(t, err, broken)
}

// TestStraight holds that work is counted wherever it can grow.
func TestStraight(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`kind == "refund" && amount > minor("500.00 EUR") && currency == "EUR" && !("refund-cap" in labels)`:  true,
		`refunded_after * 100 > captured_after * 80 || has(labels.x) || labels["x"] == "y"`:                   true,
		`now.getHours("Europe/Berlin") in [0, 6] && now - duration("1h") > timestamp("2026-12-31T00:00:00Z")`: true,
		`ref.startsWith("rma-") && ref.size() + 1 > 4`:                                                        true,
		`ref + ref == "x"`:           false,
		`([1] + [2]).size() == 2`:    false,
		`ref.matches("^a")`:          false,
		`labels.exists(l, l == "x")`: false,
		`[1].map(x, x).size() == 1`:  false,
		`int(ref) == 1`:              false,
		`string(amount) == ref`:      false,
		`ref.contains(note)`:         false,
	} {
		got, err := policy.Straight(policy.OverCall, text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

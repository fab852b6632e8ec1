package policy_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/internal/policy"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// drawn are entries of every kind.
func drawn(t *rapid.T) []*plan.Entry {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *plan.Entry {
		e := entry(in(rapid.SampledFrom([]spec.Currency{"EUR", "CHF", "JPY"}).Draw(t, "currency")))
		e.Content.Payment = spec.PaymentID(fmt.Sprintf("%d_0", rapid.IntRange(3_000_000_000, 3_000_000_009).Draw(t, "payment")))
		e.Content.Labels = rapid.MapOf(rapid.SampledFrom([]string{"a", "b"}), rapid.SampledFrom([]string{"", "x"})).Draw(t, "labels")
		e.Content.Actions = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) plan.Action {
			a := call(rapid.SampledFrom(spec.Ops[:]).Draw(t, "op"), rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "ref"), rapid.Int64Range(0, 100).Draw(t, "amount"))
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				a = deferred(a)
			case 1:
				a.Kind, a.Key = plan.Blocked, ""
			}
			return a
		}), 0, 4).Draw(t, "actions")
		return e
	}), 0, 20).Draw(t, "entries")
}

var someRules = []string{
	`call: amount > 50`, `call: amount / (amount - 7) > 1`, `call: kind == "refund" && deferred`, `payment: labels.a == "x"`,
	`payment: "b" in labels && refunding > 20`, `plan: moved("refund", "EUR") > calls * 20`, `plan: 1 / (calls - 3) == 1`,
	`call: amount > 90 => approvals: 2`, `payment: capturing % cancelling == 1 => approvals: 3`, `plan: currencies.size() > 1 => approvals: 4`,
}

// TestSideBySideIsOneByOne holds that judging side by side, in any order,
// comes to what judging one by one comes to.
func TestSideBySideIsOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, err := policy.Parse("policy.yaml", []byte(rules(rapid.SliceOfN(rapid.SampledFrom(someRules), 1, 10).Draw(t, "rules")...)))
		require.NoError(t, err)
		entries := drawn(t)
		want, err := policy.Judge(p, header(), footer(entries...), all(entries...), policy.Planning, morning)
		require.NoError(t, err)

		run := p.Run(header(), policy.Planning, morning)
		findings := make([]policy.Finding, len(entries))
		var wg sync.WaitGroup
		for i, e := range entries {
			wg.Go(func() { findings[i] = run.Entry(e) })
		}
		wg.Wait()
		for _, f := range findings {
			run.Add(f)
		}
		if diff := cmp.Diff(want, run.Plan(footer(entries...))); diff != "" {
			t.Fatalf("judgement (-one +many):\n%s", diff)
		}
	})
}

// TestNoRules holds that a policy without rules denies nothing.
func TestNoRules(t *testing.T) {
	t.Parallel()
	p := compile(t, "apiVersion: payreconcile/v1\nkind: Policy\nspec: {rules: []}\n")
	rapid.Check(t, func(t *rapid.T) {
		entries := drawn(t)
		j, err := policy.Judge(p, header(), footer(entries...), all(entries...), policy.Planning, morning)
		require.NoError(t, err)
		require.Equal(t, &plan.Judgement{}, j)
	})
}

// TestAnyErrorDenies holds that a rule which fails denies everything that it
// is asked about, whatever else it would have done.
func TestAnyErrorDenies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		over := rapid.SampledFrom([]string{"call", "payment", "plan"}).Draw(t, "over")
		fails := rapid.SampledFrom([]string{`calls / (calls - calls) == 1`, `calls * 9223372036854775807 * 2 + 9223372036854775807 > 1`, `[1][calls + 7] == 1`, `int(environment) == 1`, `minor(environment) == 1`}).Draw(t, "when")
		effect := rapid.SampledFrom([]string{"deny: x", "approvals: 1"}).Draw(t, "effect")
		p, err := policy.Parse("policy.yaml", []byte(rules(over+": "+fails+" => "+effect)))
		require.NoError(t, err)
		entries := drawn(t)
		j, err := policy.Judge(p, header(), footer(entries...), all(entries...), policy.Planning, morning)
		require.NoError(t, err)
		var calls, payments int64
		for _, e := range entries {
			n := calls
			for _, a := range e.Content.Actions {
				if a.Key != "" {
					calls++
				}
			}
			if calls > n {
				payments++
			}
		}
		require.Equal(t, map[string]int64{"call": calls, "payment": payments, "plan": min(1, calls)}[over], j.Denied)
		require.Zero(t, j.Approvals)
	})
}

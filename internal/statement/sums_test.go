package statement_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/statement"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func moved(kind spec.Op, c spec.Currency, n int64, in statement.Column) *statement.Movement {
	return &statement.Movement{Kind: kind, Currency: c, Planned: n, Amount: n, Column: in, Call: true}
}

func TestSums(t *testing.T) {
	t.Parallel()
	var s, more statement.Sums
	for _, m := range []*statement.Movement{
		moved(spec.Refund, "EUR", 5, statement.Settled), moved(spec.Capture, "JPY", 7, statement.Refused),
		moved(spec.Capture, "EUR", 9, statement.InDoubt),
		{Kind: spec.Capture, Currency: "EUR", Column: statement.NotSent},
	} {
		require.NoError(t, s.Add(m))
	}
	require.NoError(t, more.Add(moved(spec.Refund, "EUR", 1, statement.Accepted)))
	require.NoError(t, s.Join(more))
	want := statement.Sums{
		{Currency: "EUR", Kind: spec.Capture, Planned: 9, Calls: 9, Amounts: [5]int64{3: 9}, Counts: [5]int64{3: 1}},
		{Currency: "EUR", Kind: spec.Refund, Planned: 6, Calls: 6, Amounts: [5]int64{5, 1}, Counts: [5]int64{1, 1}},
		{Currency: "JPY", Kind: spec.Capture, Planned: 7, Calls: 7, Amounts: [5]int64{2: 7}, Counts: [5]int64{2: 1}},
	}
	if d := cmp.Diff(want, s); d != "" {
		t.Errorf("sums (-want +got):\n%s", d)
	}
	require.EqualValues(t, 2, s[1].Movements())
	f := plan.Footer{Money: []plan.Sum{
		{Action: plan.Capture, Currency: "EUR", Amount: 9}, {Action: plan.Refund, Currency: "EUR", Amount: 6}, {Action: plan.Capture, Currency: "JPY", Amount: 7},
	}}
	require.Empty(t, s.Faults(f))
	f.Money[1].Amount, f.Money[2].Currency = 7, "USD"
	require.Equal(t, []string{
		"the refund calls in EUR come to 0.06 EUR, and the plan's footer has 0.07 EUR",
		"the capture calls in JPY come to 7 JPY, and the plan's footer has 0 JPY",
		"the plan's footer has captures in USD, and there are none",
	}, s.Faults(f))
}

func TestSumsThatAreTooLarge(t *testing.T) {
	t.Parallel()
	const most = math.MaxInt64
	s := statement.Sums{}
	require.NoError(t, s.Add(moved(spec.Capture, "EUR", most, statement.Settled)))
	require.True(t, s[0].Holds())
	require.ErrorContains(t, s.Add(moved(spec.Capture, "EUR", 1, statement.Settled)), "captures in EUR: it is more than can be counted")
	require.ErrorContains(t, s.Join(statement.Sums{{Currency: "EUR", Kind: spec.Capture, Amounts: [5]int64{1}}}), "more than can be counted")
	require.ErrorContains(t, s.Join(statement.Sums{{Currency: "EUR", Kind: spec.Capture, Planned: 1}}), "more than can be counted")
	require.ErrorContains(t, s.Join(statement.Sums{{Currency: "EUR", Kind: spec.Capture, Calls: 1}}), "more than can be counted")
	require.ErrorContains(t, s.Add(&statement.Movement{Currency: "EUR", Kind: spec.Refund, Planned: -1}), "an amount of -1 minor units")
	wraps := statement.Sum{Planned: -2, Amounts: [5]int64{most, most}}
	require.False(t, wraps.Holds(), "a sum that wraps does not hold")
	require.Contains(t, statement.Sums{wraps}.Faults(plan.Footer{})[0], "more than can be counted")
}

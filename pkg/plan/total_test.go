package plan_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestTotals(t *testing.T) {
	t.Parallel()
	got, err := plan.Footer{Money: []plan.Sum{
		{Action: plan.Capture, Currency: "JPY", Count: 1, Amount: 1200},
		{Action: plan.Capture, Currency: "EUR", Count: 2, Amount: 10000},
		{Action: plan.Refund, Currency: "EUR", Count: 1, Amount: 2550},
	}}.Totals()
	require.NoError(t, err)
	want := []plan.Total{{Count: 3, Money: spec.Money{Minor: 12550, Currency: "EUR"}}, {Count: 1, Money: spec.Money{Minor: 1200, Currency: "JPY"}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("totals (-want +got):\n%s", d)
	}
	require.Equal(t, "3:EUR:125.50", got[0].String())
	require.Equal(t, "1:JPY:1200", got[1].String())
}

func TestTotalsThatCannotBeCounted(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]plan.Sum{
		"money":    {Action: plan.Refund, Currency: "EUR", Count: 1, Amount: math.MaxInt64},
		"calls":    {Action: plan.Refund, Currency: "EUR", Count: math.MaxInt64, Amount: 1},
		"negative": {Action: plan.Refund, Currency: "EUR", Count: 1, Amount: -1},
	} {
		_, err := plan.Footer{Money: []plan.Sum{{Action: plan.Capture, Currency: "EUR", Count: 1, Amount: 1}, second}}.Totals()
		require.ErrorContains(t, err, "its calls in EUR come to more than can be counted", name)
	}
}

package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

func twoCurrencies() plan.Footer {
	return plan.Footer{Money: []plan.Sum{
		{Action: plan.Capture, Currency: "EUR", Count: 2, Amount: 10000},
		{Action: plan.Refund, Currency: "EUR", Count: 1, Amount: 2550},
		{Action: plan.Capture, Currency: "JPY", Count: 1, Amount: 1200},
	}}
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		said []string
		want string
	}{
		"equal":             {[]string{"3:EUR:125.50", "1:JPY:1200"}, ""},
		"in any order":      {[]string{"1:JPY:1200", "3:EUR:125.50"}, ""},
		"a cent less":       {[]string{"3:EUR:125.49", "1:JPY:1200"}, "--accept says 3:EUR:125.49 1:JPY:1200, and the plan comes to 3:EUR:125.50 1:JPY:1200; nothing was sent"},
		"a call more":       {[]string{"4:EUR:125.50", "1:JPY:1200"}, "--accept says 4:EUR:125.50 1:JPY:1200, and the plan comes to 3:EUR:125.50 1:JPY:1200; nothing was sent"},
		"a currency less":   {[]string{"3:EUR:125.50"}, "--accept says 3:EUR:125.50, and the plan comes to 3:EUR:125.50 1:JPY:1200; nothing was sent"},
		"a currency twice":  {[]string{"3:EUR:125.50", "3:EUR:125.50", "1:JPY:1200"}, "--accept says 3:EUR:125.50 3:EUR:125.50 1:JPY:1200, and the plan comes to 3:EUR:125.50 1:JPY:1200; nothing was sent"},
		"cents":             {[]string{"3:EUR:12550"}, "--accept 3:EUR:12550: "},
		"no currency":       {[]string{"3::1.00"}, "--accept 3::1.00: "},
		"two parts":         {[]string{"3:EUR"}, "--accept 3:EUR: it does not have three parts; write it as COUNT:CURRENCY:AMOUNT, such as 3:EUR:125.00"},
		"a signed count":    {[]string{"+3:EUR:125.50"}, "--accept +3:EUR:125.50: the count is not a number of calls"},
		"a negative amount": {[]string{"3:EUR:-125.50"}, "--accept 3:EUR:-125.50: "},
		"an exponent":       {[]string{"3:EUR:1e2"}, "--accept 3:EUR:1e2: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := accepts(twoCurrencies(), tt.said)
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// What a plan comes to is taken back as it is written, up to the largest sum.
func TestTotalsAreReadAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := plan.Total{
			Count: rapid.Int64Range(1, math.MaxInt64).Draw(t, "count"),
			Money: spec.Money{
				Minor:    rapid.Int64Range(1, math.MaxInt64).Draw(t, "minor"),
				Currency: rapid.SampledFrom([]spec.Currency{"EUR", "JPY", "KWD"}).Draw(t, "currency"),
			},
		}
		got, err := parseTotal(want.String())
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

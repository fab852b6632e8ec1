package spec_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

func TestParseMoney(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		currency spec.Currency
		want     spec.Money
		fault    string // with its hint behind a bar
	}{
		{"80.00", "EUR", spec.Money{Minor: 8000, Currency: "EUR"}, ""},
		{"80.00 EUR", "EUR", spec.Money{Minor: 8000, Currency: "EUR"}, ""},
		{"80.00 EUR", "", spec.Money{Minor: 8000, Currency: "EUR"}, ""},
		{"0.00", "EUR", spec.Money{Currency: "EUR"}, ""},
		{"0.01", "EUR", spec.Money{Minor: 1, Currency: "EUR"}, ""},
		{"9999999999.99", "EUR", spec.Money{Minor: spec.MaxMinor, Currency: "EUR"}, ""},
		{"0", "JPY", spec.Money{Currency: "JPY"}, ""},
		{"1234", "JPY", spec.Money{Minor: 1234, Currency: "JPY"}, ""},
		{"999999999999", "JPY", spec.Money{Minor: spec.MaxMinor, Currency: "JPY"}, ""},
		{"1.234", "KWD", spec.Money{Minor: 1234, Currency: "KWD"}, ""},
		{"0.0001", "CLF", spec.Money{Minor: 1, Currency: "CLF"}, ""},
		{"5.00", "XCG", spec.Money{Minor: 500, Currency: "XCG"}, ""},

		{"", "EUR", spec.Money{}, `amount is empty|write it with its decimals, such as 80.00`},
		{"12500", "EUR", spec.Money{}, `amount "12500" does not show its decimals|write 12500.00, or 125.00 if these were cents`},
		{"0", "EUR", spec.Money{}, `amount "0" does not show its decimals|write 0.00`},
		{"12500", "KWD", spec.Money{}, `amount "12500" does not show its decimals|write 12500.000, or 12.500 if these were minor units`},
		{"10000000000.00", "EUR", spec.Money{}, `amount "10000000000.00" is too large|the largest amount is 9999999999.99`},
		{"10000000000", "EUR", spec.Money{}, `amount "10000000000" is too large|the largest amount is 9999999999.99`},
		{"1000000000000", "JPY", spec.Money{}, `amount "1000000000000" is too large|the largest amount is 999999999999`},
		{"100.00", "JPY", spec.Money{}, `amount "100.00" has decimals, and JPY has none|write 100 if the decimals are zero`},
		{"1.5", "KWD", spec.Money{}, `amount "1.5" does not show all its decimals|write 1.500`},
		{"5.", "EUR", spec.Money{}, `amount "5." is not a decimal number|write digits and a point only, such as 80.00`},
		{".50", "EUR", spec.Money{}, `amount ".50" is not a decimal number|write digits and a point only, such as 80.00`},
		{"080.00", "EUR", spec.Money{}, `amount "080.00" starts with a zero|write it without leading zeros`},
		{"080", "JPY", spec.Money{}, `amount "080" starts with a zero|write it without leading zeros`},
		{"+5.00", "EUR", spec.Money{}, `amount "+5.00" has a sign|amounts are written without one; what they mean follows from the key`},
		{"1,234", "EUR", spec.Money{}, `amount "1,234" has a decimal comma or a separator|write digits and a point only, such as 80.00`},
		{"1'234.50", "EUR", spec.Money{}, `amount "1'234.50" has separators|write 1234.50`},
		{"1 234.50", "EUR", spec.Money{}, `amount "1 234.50" has separators|write 1234.50`},
		{"80.00  EUR", "EUR", spec.Money{}, `amount "80.00  EUR" has separators|write digits and a point only, such as 80.00`},
		{" 80.00", "EUR", spec.Money{}, `amount " 80.00" has separators|write 80.00`},
		{"EUR 80.00", "EUR", spec.Money{}, `amount "EUR 80.00" does not set its currency apart|write the number, a space and EUR, such as 80.00 EUR`},
		{"80.00 USD", "EUR", spec.Money{}, `amount "80.00 USD" is in "USD", and the payment in EUR|a payment has one currency: correct the amount, or give the payment its own currency`},
		{"80.00", "", spec.Money{}, `amount "80.00" names no currency|write it behind the number, such as 80.00 EUR`},
		{"80.00 ABC", "", spec.Money{}, `unknown currency "ABC"|write its three capital letters as in ISO 4217, such as EUR`},
		{"80.00", "eur", spec.Money{}, `unknown currency "eur"|write EUR`},
		{"８０.００", "EUR", spec.Money{}, `amount "８０.００" is not a decimal number|write digits and a point only, such as 80.00`},
	} {
		t.Run(tt.text+" "+string(tt.currency), func(t *testing.T) {
			t.Parallel()
			got, err := spec.ParseMoney(tt.text, tt.currency)
			fault := ""
			if err != nil {
				var e *spec.Error
				require.True(t, errors.As(err, &e))
				fault = e.Msg + "|" + e.Hint
			}
			require.Empty(t, cmp.Diff(tt.fault, fault))
			require.Empty(t, cmp.Diff(tt.want, got))
		})
	}
}

// anyMoney draws an amount of any currency.
func anyMoney(t *rapid.T) spec.Money {
	return spec.Money{
		Minor:    rapid.Int64Range(0, spec.MaxMinor).Draw(t, "minor"),
		Currency: rapid.SampledFrom(spec.Currencies()).Draw(t, "currency"),
	}
}

func TestMoneyIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := anyMoney(t)
		for _, text := range []string{m.Decimal(), m.String()} {
			got, err := spec.ParseMoney(text, m.Currency)
			require.NoError(t, err)
			require.Equal(t, m, got)
		}
	})
}

func TestMoneyArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyMoney(t), anyMoney(t)
		sum, err := a.Add(b)
		if a.Currency != b.Currency {
			require.ErrorContains(t, err, "the currencies differ")
			_, err = a.Sub(b)
			require.ErrorContains(t, err, "the currencies differ")
			b.Currency = a.Currency
			sum, err = a.Add(b)
		}
		require.NoError(t, err)
		require.Equal(t, a.Minor+b.Minor, sum.Minor)
		back, err := sum.Sub(b)
		require.NoError(t, err)
		require.Equal(t, a, back)
		_, err = a.Sub(sum)
		require.Equal(t, b.Minor > 0, err != nil, "%v - %v", a, sum)
	})
	most := spec.Money{Minor: math.MaxInt64, Currency: "EUR"}
	cent := spec.Money{Minor: 1, Currency: "EUR"}
	_, err := most.Add(cent)
	require.ErrorContains(t, err, "too large")
	_, err = spec.Money{Minor: math.MinInt64, Currency: "EUR"}.Add(spec.Money{Minor: -1, Currency: "EUR"})
	require.ErrorContains(t, err, "too large")
	_, err = most.Sub(spec.Money{Minor: -1, Currency: "EUR"})
	require.ErrorContains(t, err, "too large")
	_, err = cent.Add(spec.Money{})
	require.ErrorContains(t, err, "the currencies differ")
}

func TestMoneyString(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0", spec.Money{}.String())
	require.Equal(t, "0.05 EUR", spec.Money{Minor: 5, Currency: "EUR"}.String())
	require.Equal(t, "-0.05 EUR", spec.Money{Minor: -5, Currency: "EUR"}.String())
	require.Equal(t, "-92233720368547758.08 EUR", spec.Money{Minor: math.MinInt64, Currency: "EUR"}.String())
	require.Equal(t, "5 minor units ABC", spec.Money{Minor: 5, Currency: "ABC"}.String())
}

// TestCurrencies shows what an upgrade of the table would change.
func TestCurrencies(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, c := range spec.Currencies() {
		exp, ok := c.Exponent()
		require.True(t, ok)
		parsed, err := spec.ParseCurrency(string(c))
		require.NoError(t, err)
		require.Equal(t, c, parsed)
		fmt.Fprintf(&b, "%s %d\n", c, exp)
	}
	const file = "testdata/currencies.txt"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(string(want), b.String()))
	for _, text := range []string{"", "eur", "EURO", "XAU", "XXX", "XTS", "E"} {
		_, err := spec.ParseCurrency(text)
		require.Error(t, err, text)
	}
}

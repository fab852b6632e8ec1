package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// parseTotal reads what was given with --accept.
func parseTotal(text string) (plan.Total, error) {
	bad := func(why string) (plan.Total, error) {
		return plan.Total{}, usage("--accept %s: %s; write it as COUNT:CURRENCY:AMOUNT, such as 3:EUR:125.00", text, why)
	}
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return bad("it does not have three parts")
	}
	count, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || count < 1 || strconv.FormatInt(count, 10) != parts[0] {
		return bad("the count is not a number of calls")
	}
	currency, err := spec.ParseCurrency(parts[1])
	if err != nil {
		return bad(err.Error())
	}
	money, err := parseSum(parts[2], currency)
	if err != nil {
		return bad(err.Error())
	}
	return plan.Total{Count: count, Money: money}, nil
}

// parseSum is spec.ParseMoney for sums, which may be larger than any one amount.
func parseSum(text string, c spec.Currency) (spec.Money, error) {
	m, err := spec.ParseMoney(text, c)
	if err == nil {
		return m, nil
	}
	minor, numErr := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	if m = (spec.Money{Minor: minor, Currency: c}); numErr == nil && minor > 0 && m.Decimal() == text {
		return m, nil
	}
	return spec.Money{}, err
}

// accepts holds the totals that somebody said to accept against those of a
// plan, which have to be the same: each currency once, none left out.
func accepts(f plan.Footer, said []string) error {
	want, err := f.Totals()
	if err != nil {
		return err
	}
	given := make([]plan.Total, len(said))
	for i, text := range said {
		if given[i], err = parseTotal(text); err != nil {
			return err
		}
	}
	slices.SortFunc(given, func(a, b plan.Total) int {
		return strings.Compare(string(a.Money.Currency), string(b.Money.Currency))
	})
	if !slices.Equal(want, given) {
		return &codeError{
			code: exitApproval,
			err:  fmt.Errorf("--accept says %s, and the plan comes to %s; nothing was sent", totalsText(given), totalsText(want)),
			hint: "look at the plan with payreconcile show; accept what it comes to, or do not apply it",
		}
	}
	return nil
}

// totalsText is a list of totals for a person.
func totalsText(all []plan.Total) string {
	words := make([]string, len(all))
	for i, t := range all {
		words[i] = t.String()
	}
	return strings.Join(words, " ")
}

package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A total is what the calls of a plan come to in one currency: captures,
// cancels and refunds together, since none of them can be taken back.
type total struct {
	count int64
	money spec.Money
}

// String is the total as --accept takes it: 3:EUR:125.00.
func (t total) String() string {
	return fmt.Sprintf("%d:%s:%s", t.count, t.money.Currency, t.money.Decimal())
}

// totalsOf adds up the calls of a plan, in the order of their currencies.
func totalsOf(f plan.Footer) ([]total, error) {
	var all []total
	for _, s := range f.Money {
		i := slices.IndexFunc(all, func(t total) bool { return t.money.Currency == s.Currency })
		if i < 0 {
			all = append(all, total{money: spec.Money{Currency: s.Currency}})
			i = len(all) - 1
		}
		sum, err := all[i].money.Add(spec.Money{Minor: s.Amount, Currency: s.Currency})
		if err != nil || s.Count < 0 || s.Count > math.MaxInt64-all[i].count {
			return nil, fmt.Errorf("add up the plan: its calls in %s come to more than can be counted", s.Currency)
		}
		all[i] = total{count: all[i].count + s.Count, money: sum}
	}
	return all, nil
}

// parseTotal reads what was given with --accept.
func parseTotal(text string) (total, error) {
	bad := func(why string) (total, error) {
		return total{}, usage("--accept %s: %s; write it as COUNT:CURRENCY:AMOUNT, such as 3:EUR:125.00", text, why)
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
	return total{count: count, money: money}, nil
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
	want, err := totalsOf(f)
	if err != nil {
		return err
	}
	given := make([]total, len(said))
	for i, text := range said {
		if given[i], err = parseTotal(text); err != nil {
			return err
		}
	}
	slices.SortFunc(given, func(a, b total) int {
		return strings.Compare(string(a.money.Currency), string(b.money.Currency))
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
func totalsText(all []total) string {
	words := make([]string, len(all))
	for i, t := range all {
		words[i] = t.String()
	}
	return strings.Join(words, " ")
}

package plan

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Total is what the calls of a plan come to in one currency: captures,
// cancels and refunds together, since none of them can be taken back.
type Total struct {
	Count int64
	Money spec.Money
}

// String is the total as people accept it: 3:EUR:125.00.
func (t Total) String() string {
	return fmt.Sprintf("%d:%s:%s", t.Count, t.Money.Currency, t.Money.Decimal())
}

// Totals adds up the calls of the plan, in the order of their currencies. Sums
// that are more than can be counted are an error.
func (f Footer) Totals() ([]Total, error) {
	var all []Total
	for _, s := range f.Money {
		i := slices.IndexFunc(all, func(t Total) bool { return t.Money.Currency == s.Currency })
		if i < 0 {
			all = append(all, Total{Money: spec.Money{Currency: s.Currency}})
			i = len(all) - 1
		}
		sum, err := all[i].Money.Add(spec.Money{Minor: s.Amount, Currency: s.Currency})
		if err != nil || s.Amount < 0 || s.Count < 0 || s.Count > math.MaxInt64-all[i].Count {
			return nil, fmt.Errorf("add up the plan: its calls in %s come to more than can be counted", s.Currency)
		}
		all[i] = Total{Count: all[i].Count + s.Count, Money: sum}
	}
	slices.SortFunc(all, func(a, b Total) int { return strings.Compare(string(a.Money.Currency), string(b.Money.Currency)) })
	return all, nil
}

package manifest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Sum is what the payments of one currency come to.
type Sum struct {
	Currency spec.Currency
	Payments int64
	Captures Kind
	Cancels  Kind
	Refunds  Kind
}

// A Kind is what is declared of one kind of operation. The zero Kind is
// declared by no payment.
type Kind struct {
	Payments int64 // that declare it
	Items    int64 // operations that are named
	Minor    int64 // money, named or as totals
	All      bool  // a payment declares all, so that there is no total
}

// Of returns the sum of a kind.
func (s *Sum) Of(op spec.Op) *Kind {
	switch op {
	case spec.Capture:
		return &s.Captures
	case spec.Cancel:
		return &s.Cancels
	case spec.Refund:
	}
	return &s.Refunds
}

// add takes a payment into account; it changes nothing when that overflows.
func (s *Sum) add(p *spec.Payment) error {
	after := *s
	after.Payments++
	for _, op := range spec.Ops {
		d, k := p.Desired(op), after.Of(op)
		k.All = k.All || d.Mode == spec.All
		minor, ok := d.Sum()
		if !ok {
			continue
		}
		if minor > math.MaxInt64-k.Minor {
			return fmt.Errorf("add up the %ss in %s: they come to more than can be counted", op, s.Currency)
		}
		k.Minor += minor
		k.Items += int64(len(d.Items))
		k.Payments++
	}
	*s = after
	return nil
}

// expect is the line of control totals.
func (s *Sum) expect() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  expect: {payments: %d", s.Payments)
	for _, op := range spec.Ops {
		if k := s.Of(op); k.Payments > 0 && !k.All {
			fmt.Fprintf(&b, ", %s: %s", names[op][0], spec.Money{Minor: k.Minor, Currency: s.Currency}.Decimal())
		}
	}
	return b.String() + "}\n"
}

// labels are the inside of a mapping, sorted by name.
func labels(of map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, string(appendWord(append(appendWord(nil, name), ": "...), of[name])))
	}
	return strings.Join(parts, ", ")
}

package statement

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Sum is the money of one currency and kind.
type Sum struct {
	Currency spec.Currency
	Kind     spec.Op
	Planned  int64          // by the plan
	Amounts  [Columns]int64 // by where it stands
	Counts   [Columns]int64 // movements with money
	Calls    int64          // of Planned, what the plan makes at once: its footer has that, too
}

// Holds reports that every planned minor unit is in one column: that the
// columns come to what was planned.
func (s *Sum) Holds() bool {
	var total int64
	for _, n := range s.Amounts {
		if n < 0 || n > math.MaxInt64-total {
			return false
		}
		total += n
	}
	return total == s.Planned
}

// Movements is how many movements have money in the sum.
func (s *Sum) Movements() (n int64) {
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// Sums are in the order of currency and kind. The zero Sums are none.
type Sums []Sum

// Add adds a movement. A sum past int64 is an error.
func (s *Sums) Add(m *Movement) error {
	if m.Planned == 0 && m.Amount == 0 {
		return nil
	}
	at := s.of(m.Currency, m.Kind)
	at.Counts[m.Column]++
	err := add(&at.Planned, m.Planned)
	if err == nil && m.Call {
		err = add(&at.Calls, m.Planned)
	}
	if err == nil {
		err = add(&at.Amounts[m.Column], m.Amount)
	}
	if err != nil {
		return fmt.Errorf("add up the %ss in %s: %w", m.Kind, m.Currency, err)
	}
	return nil
}

// Join adds other sums.
func (s *Sums) Join(o Sums) error {
	for i := range o {
		x := &o[i]
		at := s.of(x.Currency, x.Kind)
		err := add(&at.Planned, x.Planned)
		if err == nil {
			err = add(&at.Calls, x.Calls)
		}
		for c := range x.Amounts {
			if err == nil {
				err = add(&at.Amounts[c], x.Amounts[c])
			}
			at.Counts[c] += x.Counts[c]
		}
		if err != nil {
			return fmt.Errorf("add up the %ss in %s: %w", x.Kind, x.Currency, err)
		}
	}
	return nil
}

// Faults says where sums do not agree: with themselves, or with what the footer
// of the plan has of its calls.
func (s Sums) Faults(f plan.Footer) (faults []string) {
	for i := range s {
		x := &s[i]
		if !x.Holds() {
			faults = append(faults, fmt.Sprintf("the %ss in %s do not add up: %s planned, and %s in all columns", x.Kind, x.Currency,
				money(x.Planned, x.Currency), x.total()))
		}
		if said := footerSum(f, x); said != x.Calls {
			faults = append(faults, fmt.Sprintf("the %s calls in %s come to %s, and the plan's footer has %s", x.Kind, x.Currency,
				money(x.Calls, x.Currency), money(said, x.Currency)))
		}
	}
	for _, said := range f.Money {
		if !slices.ContainsFunc(s, func(x Sum) bool { return x.Currency == said.Currency && x.Kind == spec.Op(said.Action) }) {
			faults = append(faults, fmt.Sprintf("the plan's footer has %ss in %s, and there are none", said.Action, said.Currency))
		}
	}
	return faults
}

// total is what all columns come to.
func (s *Sum) total() string {
	var total int64
	for _, n := range s.Amounts {
		if add(&total, n) != nil {
			return "more than can be counted"
		}
	}
	return money(total, s.Currency)
}

func footerSum(f plan.Footer, s *Sum) int64 {
	for _, x := range f.Money {
		if x.Currency == s.Currency && spec.Op(x.Action) == s.Kind {
			return x.Amount
		}
	}
	return 0
}

// of returns the sum of a currency and kind, which begins at nothing.
func (s *Sums) of(c spec.Currency, kind spec.Op) *Sum {
	at, found := slices.BinarySearchFunc(*s, Sum{Currency: c, Kind: kind}, func(x, y Sum) int {
		return cmp.Or(strings.Compare(string(x.Currency), string(y.Currency)), strings.Compare(string(x.Kind), string(y.Kind)))
	})
	if !found {
		*s = slices.Insert(*s, at, Sum{Currency: c, Kind: kind})
	}
	return &(*s)[at]
}

func add(to *int64, n int64) error {
	switch {
	case n < 0:
		return fmt.Errorf("an amount of %d minor units", n)
	case n > math.MaxInt64-*to:
		return errors.New("it is more than can be counted")
	}
	*to += n
	return nil
}

func money(minor int64, c spec.Currency) string {
	return spec.Money{Minor: minor, Currency: c}.String()
}

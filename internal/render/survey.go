package render

import (
	"fmt"
	"iter"
	"math"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A section is a part of a shown plan. Every action belongs to exactly one.
type section int

const (
	inDoubt   section = iota // an earlier call whose outcome nobody knows
	duplicate                // the platform did something twice
	blocked                  // cannot be reached, or not safe
	final                    // calls that nothing can take back
	capture                  // calls that a refund could compensate
	waiting                  // pending or deferred
	sections
)

// sectionOf says where an action is shown. A kind that this version does not
// know is an error: a plan of which a part cannot be shown must not be taken
// for the whole of it.
func sectionOf(a plan.Action) (section, error) {
	switch a.Kind {
	case plan.Capture:
		if a.Final {
			return final, nil
		}
		return capture, nil
	case plan.Cancel, plan.Refund:
		return final, nil
	case plan.Pending, plan.Deferred:
		return waiting, nil
	case plan.Blocked:
		switch a.Reason { //nolint:exhaustive // the others are shown together
		case plan.ReasonInDoubt:
			return inDoubt, nil
		case plan.ReasonDuplicate:
			return duplicate, nil
		}
		return blocked, nil
	}
	return 0, fmt.Errorf("show the plan: it has an action of kind %q, which this version does not know; use a newer one", Clean(string(a.Kind)))
}

// A survey is what a first pass over a plan finds: what there is to show, and
// sums to hold the footer against.
type survey struct {
	payments, calls int64
	actions         [sections]int64
	drift           int64
	money           map[plan.Sum]*plan.Sum // by action and currency
}

func surveyOf(entries iter.Seq2[*plan.Entry, error]) (*survey, error) {
	s := &survey{money: map[plan.Sum]*plan.Sum{}}
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		if err := s.add(e); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *survey) add(e *plan.Entry) error {
	s.payments++
	s.drift += int64(len(e.Content.Drift))
	for _, a := range e.Content.Actions {
		in, err := sectionOf(a)
		if err != nil {
			return err
		}
		s.actions[in]++
		if a.Kind.Calls() {
			if err := s.move(a, e.Content.Currency); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *survey) move(a plan.Action, c spec.Currency) error {
	s.calls++
	key := plan.Sum{Action: a.Kind, Currency: c}
	sum := s.money[key]
	if sum == nil {
		sum = &plan.Sum{Action: a.Kind, Currency: c}
		s.money[key] = sum
	}
	if a.Amount > math.MaxInt64-sum.Amount {
		return fmt.Errorf("add up the plan: the %ss in %s come to more than can be counted", a.Kind, c)
	}
	sum.Amount += a.Amount
	sum.Count++
	return nil
}

// agrees holds the footer of a plan against its payments. What is shown as
// the sum must be what the calls come to, whoever wrote the file.
func (s *survey) agrees(f plan.Footer) error {
	switch {
	case s.payments != f.Counts.Payments:
		return fmt.Errorf("show the plan: %w: it has %d payments and its footer counts %d", plan.ErrAltered, s.payments, f.Counts.Payments)
	case s.calls != f.Counts.Calls:
		return fmt.Errorf("show the plan: %w: it makes %d calls and its footer counts %d", plan.ErrAltered, s.calls, f.Counts.Calls)
	case len(s.money) != len(f.Money):
		return fmt.Errorf("show the plan: %w: its footer adds up other money than its calls move", plan.ErrAltered)
	}
	seen := map[plan.Sum]bool{}
	for _, sum := range f.Money {
		key := plan.Sum{Action: sum.Action, Currency: sum.Currency}
		if got := s.money[key]; got == nil || *got != sum || seen[key] {
			return fmt.Errorf("show the plan: %w: its footer has %ss of %s that its calls do not come to", plan.ErrAltered,
				Clean(string(sum.Action)), spec.Money{Minor: sum.Amount, Currency: spec.Currency(Clean(string(sum.Currency)))})
		}
		seen[key] = true
	}
	return nil
}

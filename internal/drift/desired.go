package drift

import (
	"fmt"
	"slices"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// desired tells where the payment is not as it was wanted. What the platform
// accepted counts as there; a kind in doubt, ours or the platform's, is not
// judged.
func (j *judge) desired() {
	want, ok := j.want()
	if !ok || j.have.Fault != "" {
		return
	}
	for _, op := range spec.Ops {
		total := wanted(want, op)
		if total == nil || j.uncertain(op) {
			continue
		}
		there := j.have.Totals.Of(op) + j.underWay(op)
		switch target := j.target(op, *total); {
		case there < target:
			j.total(NotReached, op, target-there, "plan again to see what is to be done", "%s is %s of the %s that are wanted", past[op], there, target)
		case there > *total && (j.Entry == nil || there > j.Entry.Content.Have.Totals.Of(op)):
			j.total(Exceeded, op, there-*total, "find out why, and declare what is right; of what was done, only a capture can be given back, by a refund", "%s is %s, more than the %s that are wanted", past[op], there, *total)
		}
	}
}

// uncertain reports that nobody knows what a total is.
func (j *judge) uncertain(op spec.Op) bool {
	return slices.ContainsFunc(j.known.Intents, func(i plan.Intent) bool { return i.Op == op && i.Open() }) ||
		slices.ContainsFunc(j.have.Operations, func(o plan.Operation) bool { return o.Op == op && o.Standing == plan.Uncertain })
}

// past says what has become of money.
var past = map[spec.Op]string{spec.Capture: "captured", spec.Cancel: "cancelled", spec.Refund: "refunded"}

func (j *judge) total(code Code, op spec.Op, amount int64, hint, format, what string, there, target int64) {
	j.add(Finding{
		Code: code, Op: op, Amount: amount, Hint: hint,
		Message: fmt.Sprintf(format, what, money(there, j.have.Currency), money(target, j.have.Currency)),
	})
}

// want is what was wanted: by the plan, or by the manifest as it comes to now.
func (j *judge) want() (plan.Want, bool) {
	switch {
	case j.Entry != nil:
		return j.Entry.Content.Want, true
	case j.Want == nil:
		return plan.Want{}, false
	}
	e := plan.Diff(j.Want, j.have, j.known)
	if a, wrong := e.Blocked(plan.ReasonWrongCurrency, plan.ReasonWrongReference, plan.ReasonWrongAuthorized, plan.ReasonWrongMerchant); wrong && a.Op == "" {
		j.add(Finding{Code: Mismatch, Message: a.Message, Hint: a.Hint})
		return plan.Want{}, false
	}
	return e.Content.Want, true
}

// target is the total that must be there by now. For a while after the plan was
// applied it is what the plan was about to reach: what it found pending,
// deferred or blocked was not promised.
func (j *judge) target(op spec.Op, total int64) int64 {
	if j.Entry == nil || j.late(j.AppliedAt) {
		return total
	}
	c := &j.Entry.Content
	promised, waits := c.Have.Totals.Of(op), false
	for _, a := range c.Actions {
		switch {
		case a.Kind.Calls() && a.Op == op:
			promised += a.Amount // the plan was verified: calls add up to no more than was authorised
		case !a.Kind.Calls() && (a.Op == op || a.Op == ""):
			waits = true
		}
	}
	if waits {
		return min(total, promised)
	}
	return total
}

// underWay is the money of calls that the platform took and may not show yet.
// Each is at most spec.MaxMinor, far from what a sum of those of one payment
// overflows at.
func (j *judge) underWay(op spec.Op) (minor int64) {
	for n := range j.known.Intents {
		i := &j.known.Intents[n]
		waits := i.State == plan.StateAccepted && !j.late(accepted(i)) || i.Made() && j.unread(i)
		if i.Op == op && waits && j.shownAs(n) == nil {
			minor += i.Amount
		}
	}
	return minor
}

// wanted is the total of a kind, nil when the kind is not managed.
func wanted(w plan.Want, op spec.Op) *int64 {
	switch op {
	case spec.Capture:
		return w.Captured
	case spec.Cancel:
		return w.Cancelled
	case spec.Refund:
		return w.Refunded
	}
	return nil
}

package drift

import (
	"fmt"
	"slices"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// others tells of the captures, cancels and refunds that move money and that
// neither the journal, nor the plan's picture of the payment, nor the manifest
// explains. A sale's own capture is the payment itself.
func (j *judge) others() {
	if j.Entry == nil && j.Want == nil {
		return
	}
	for at := range j.have.Operations {
		o := &j.have.Operations[at]
		if j.by[at] >= 0 || !o.Live() || !slices.Contains(spec.Ops[:], o.Op) || plan.IsFirst(o.ID) && o.Op == spec.Capture {
			continue
		}
		before := j.seen(o)
		switch {
		case before == nil && j.declared(o):
		case before == nil:
			j.foreign(o, fmt.Sprintf("the %s %s of %s was not made with this journal", o.Op, o.ID, money(o.Amount, j.have.Currency)))
		case before.Amount != o.Amount:
			j.foreign(o, fmt.Sprintf("the %s %s was over %s when the plan was made, and is over %s now",
				o.Op, o.ID, money(before.Amount, j.have.Currency), money(o.Amount, j.have.Currency)))
		}
	}
}

func (j *judge) foreign(o *plan.Operation, message string) {
	hint := "find out who made it; then declare it and plan again: the plan names the line that adopts it"
	if j.Want == nil && j.Entry != nil && !j.managed(o.Op) {
		hint = fmt.Sprintf("find out who made it; no %ss are declared for this payment, so that planning and applying again takes note of it", o.Op)
	}
	j.add(Finding{
		Code: Others, Op: o.Op, Operation: o.ID, Ref: refOf(o), Status: o.Code, Amount: o.Amount,
		Message: message + fmt.Sprintf(" (%s, status %d)", o.Standing, o.Code), Hint: hint,
	})
}

// refOf is the reference of an operation; that of the authorisation is the
// order's.
func refOf(o *plan.Operation) string {
	if plan.IsFirst(o.ID) {
		return ""
	}
	return o.Ref
}

// managed reports that the plan wants something of a kind.
func (j *judge) managed(op spec.Op) bool { return wanted(j.Entry.Content.Want, op) != nil }

// seen is an operation as the plan saw it, nil when it did not.
func (j *judge) seen(o *plan.Operation) *plan.Operation {
	if j.Entry == nil {
		return nil
	}
	ops := j.Entry.Content.Have.Operations
	at := slices.IndexFunc(ops, func(x plan.Operation) bool {
		return !x.Unseen && x.Op == o.Op && plan.SameOperation(x.ID, o.ID)
	})
	if at < 0 {
		return nil
	}
	return &ops[at]
}

// declared reports that the manifest explains an operation: an item names it,
// or a total counts it whoever made it.
func (j *judge) declared(o *plan.Operation) bool {
	if j.Want == nil {
		return false
	}
	d := j.Want.Desired(o.Op)
	switch d.Mode {
	case spec.Total, spec.All:
		return true
	case spec.Items:
		return slices.ContainsFunc(d.Items, func(it spec.Item) bool {
			if it.Operation != "" {
				return plan.SameOperation(it.Operation, o.ID)
			}
			return o.Ref != "" && it.Ref == o.Ref && o.Ref != j.have.MerchantReference
		})
	case spec.Unmanaged:
	}
	return false
}

// pending tells of what the plan found the platform working on, when it still
// is. Calls of ours are told of by themselves.
func (j *judge) pending() {
	if j.Entry == nil || !j.late(j.Entry.ObservedAt) {
		return
	}
	for at := range j.have.Operations {
		o := &j.have.Operations[at]
		before := j.seen(o)
		if j.by[at] >= 0 || o.Standing != plan.Requested || before == nil || before.Standing != plan.Requested {
			continue
		}
		j.add(Finding{
			Code: Late, Op: o.Op, Operation: o.ID, Ref: refOf(o), Status: o.Code, Amount: o.Amount, Hint: lateHint,
			Message: fmt.Sprintf("the %s %s of %s was pending when the plan was made on %s, and the platform is still working on it (status %d)",
				o.Op, o.ID, money(o.Amount, j.have.Currency), clock(j.Entry.ObservedAt), o.Code),
		})
	}
}

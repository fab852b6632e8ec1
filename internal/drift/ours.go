package drift

import (
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// match finds the intents that operations are of: by the id of the operation;
// where the journal has none, by the reference; for one without a reference by
// its amount. What the platform shows on the authorisation itself as a cancel is
// a cancel of ours that it does not show otherwise.
func (j *judge) match() {
	j.by = slices.Repeat([]int{-1}, len(j.have.Operations))
	j.pair(func(i *plan.Intent, o *plan.Operation) bool {
		return i.OperationID != "" && plan.SameOperation(i.OperationID, o.ID) && (i.Op == o.Op || !plan.IsFirst(o.ID))
	})
	j.pair(func(i *plan.Intent, o *plan.Operation) bool {
		return nameless(i) && call(o) && i.Op == o.Op && i.Ref == o.Ref
	})
	j.pair(func(i *plan.Intent, o *plan.Operation) bool {
		return nameless(i) && call(o) && i.Op == o.Op && o.Ref == "" && i.Amount == o.Amount
	})
	j.pair(func(i *plan.Intent, o *plan.Operation) bool {
		return i.Op == spec.Cancel && o.Op == spec.Cancel && plan.IsFirst(o.ID) && o.Live() && (i.Made() || i.Open())
	})
}

// nameless reports that a call may have become an operation of which the
// journal does not hold the id.
func nameless(i *plan.Intent) bool { return i.OperationID == "" && (i.Made() || i.Open()) }

// call reports that an operation moves or moved money and came after the
// authorisation.
func call(o *plan.Operation) bool { return o.Live() && !plan.IsFirst(o.ID) }

// pair gives every operation without an intent the first fitting one that is
// of no operation yet.
func (j *judge) pair(fits func(*plan.Intent, *plan.Operation) bool) {
	for n := range j.known.Intents {
		if j.shownAs(n) != nil {
			continue
		}
		for at := range j.have.Operations {
			if j.by[at] < 0 && fits(&j.known.Intents[n], &j.have.Operations[at]) {
				j.by[at] = n
				break
			}
		}
	}
}

// shownAs is the operation that intent n is of, nil when none is shown.
func (j *judge) shownAs(n int) *plan.Operation {
	if at := slices.Index(j.by, n); at >= 0 {
		return &j.have.Operations[at]
	}
	return nil
}

// ours tells what became of the calls that the platform took.
func (j *judge) ours() {
	for n := range j.known.Intents {
		i := &j.known.Intents[n]
		switch o := j.shownAs(n); {
		case i.State == plan.StateRefused && o != nil && o.Live():
			j.operated(Differs, i, o, lookHint, "the %s %s of %s was refused, and the platform shows it as %s (operation %s, status %d)",
				i.Op, i.Ref, money(i.Amount, i.Currency), o.Standing, o.ID, o.Code)
		case !i.Made():
		case o == nil:
			j.notShown(i)
		default:
			j.shown(i, o)
		}
	}
}

// notShown tells of a call that the platform took and does not show.
func (j *judge) notShown(i *plan.Intent) {
	switch {
	case j.unread(i):
	case i.State == plan.StateSettled:
		j.intended(Missing, i, "look for it in the platform's portal, and ask the platform's support with the id of the operation",
			"the %s %s of %s settled%s, and the platform does not show it any more", i.Op, i.Ref, money(i.Amount, i.Currency), as(i.OperationID))
	case j.late(accepted(i)):
		j.intended(Late, i, "look for it in the platform's portal; it is not sent again",
			"the %s %s of %s was accepted on %s%s, and the platform does not show it yet",
			i.Op, i.Ref, money(i.Amount, i.Currency), clock(accepted(i)), as(i.OperationID))
	}
}

// unread reports that the journal learned of a call when the payment had been
// read already.
func (j *judge) unread(i *plan.Intent) bool { return i.StateAt.After(j.have.At) }

// shown holds a call that the platform took against the operation that it
// shows.
func (j *judge) shown(i *plan.Intent, o *plan.Operation) {
	switch {
	case o.Standing == plan.Undefined: // told of as unreadable
	case o.Op != i.Op:
		j.operated(Differs, i, o, lookHint, "operation %s is a %s in the journal, and a %s on the platform", o.ID, i.Op, o.Op)
	case o.Standing == plan.Refused:
		j.operated(Refused, i, o, "run payreconcile resume, which records the refusal in the journal; then plan again, which tries a new attempt",
			"the platform accepted the %s %s of %s and refused it afterwards (operation %s, status %d)", i.Op, i.Ref, money(i.Amount, i.Currency), o.ID, o.Code)
	case o.Amount != i.Amount:
		j.operated(Differs, i, o, lookHint, "operation %s is over %s in the journal, and over %s on the platform",
			o.ID, money(i.Amount, i.Currency), money(o.Amount, j.have.Currency))
	case o.Standing == plan.Uncertain:
		j.operated(Uncertain, i, o, "wait until it is settled or refused, or ask the platform's support",
			"the platform itself is not certain about operation %s (status %d)", o.ID, o.Code)
	case o.Standing != plan.Requested:
	case i.State == plan.StateSettled && !j.unread(i):
		j.operated(Differs, i, o, lookHint, "operation %s had settled, and the platform is working on it again (status %d)", o.ID, o.Code)
	case j.late(accepted(i)):
		j.operated(Late, i, o, lateHint, "the %s %s of %s was accepted on %s, and the platform is still working on it (operation %s, status %d)",
			i.Op, i.Ref, money(i.Amount, i.Currency), clock(accepted(i)), o.ID, o.Code)
	}
}

const lookHint = "look at the operation in the platform's portal, and ask the platform's support"

const lateHint = "look at it in the platform's portal, or ask the platform's support what it waits for"

// accepted is when the platform took a call, as far as is known.
func accepted(i *plan.Intent) (at time.Time) {
	if at = i.LastSendAt; at.IsZero() {
		at = i.At
	}
	return at
}

func as(operationID string) string {
	if operationID == "" {
		return ""
	}
	return " as operation " + operationID
}

package plan

import (
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// allow adds the calls of a kind as far as the platform can take them now.
// What it cannot take becomes Pending, Deferred or Blocked. When one of them is
// Blocked, none of the kind goes: what is declared cannot be reached, and a part
// of it may not be what is meant.
func (d *differ) allow(op spec.Op, calls []Action) {
	from := len(d.actions)
	for _, a := range calls {
		if d.blocked {
			*d.waiting.of(op) += a.Amount
			d.deferBehind(a)
			continue
		}
		switch verdict := d.judge(&a); verdict.Kind {
		case Blocked:
			d.block(merge(a, verdict))
		case Pending:
			*d.waiting.of(op) += a.Amount
			d.add(merge(a, verdict))
		case Deferred:
			*d.waiting.of(op) += a.Amount
			d.add(d.deferred(a, verdict))
		case Capture, Cancel, Refund:
			*d.planned.of(op) += a.Amount
			d.call(a)
		}
	}
	if !d.hasBlocked(from) {
		return
	}
	for i, a := range d.actions[from:] {
		if a.Kind.Calls() {
			*d.planned.of(op) -= a.Amount
			*d.waiting.of(op) += a.Amount
			d.final = d.final && !a.Final
			d.actions[from+i] = behind(a)
		}
	}
}

// call completes a call with its attempt, its key and what can undo it, and
// adds it.
func (d *differ) call(a Action) {
	attempt, why, held := d.attempt(a.Op, a.Ref)
	if !held {
		d.block(merge(a, verdict(Blocked, ReasonRefusalUnknown, "use the journal that made it, or declare the item under a new ref",
			"an earlier %s under %s was refused and this journal does not hold it", a.Op, a.Ref)))
		return
	}
	a.Attempt, a.Message = attempt, why
	a.Undo = undoOf(a.Kind, a.Final)
	a.Key = KeyFor(d.known.Env, d.want.ID, d.want.Currency, a)
	d.add(a)
}

// deferred returns a call that has to wait, with the attempt and the key that
// it will have: an apply that waits makes the call that was reviewed. Without
// the journal that holds an earlier refusal it has neither, and is not made.
func (d *differ) deferred(a, verdict Action) Action {
	later := merge(a, verdict)
	if attempt, _, held := d.attempt(a.Op, a.Ref); held {
		later.Final, later.Attempt = a.Final, attempt
		later.Key = KeyFor(d.known.Env, d.want.ID, d.want.Currency, later)
	}
	return later
}

// merge turns a call into the action that stands in its place.
func merge(a, verdict Action) Action {
	a.Kind, a.Reason, a.Message, a.Hint = verdict.Kind, verdict.Reason, verdict.Message, verdict.Hint
	a.Final, a.Attempt, a.Key, a.Undo = false, 0, "", ""
	return a
}

func verdict(k Kind, r Reason, hint, format string, args ...any) Action {
	return Action{Kind: k, Reason: r, Hint: hint, Message: fmt.Sprintf(format, args...)}
}

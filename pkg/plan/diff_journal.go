package plan

import (
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// inDoubt blocks a kind with an intent whose outcome nobody knows. Doubt
// belongs to payment and kind and never to a key: an edited manifest does not
// dissolve it.
func (d *differ) inDoubt(op spec.Op) bool {
	i, open := d.openIntent(op)
	if open {
		d.block(Action{
			Op: op, Ref: i.Ref, Amount: i.Amount, Reason: ReasonInDoubt,
			Message: fmt.Sprintf("nobody knows yet whether the %s of %s under %s was made", op, d.money(i.Amount), i.Ref),
			Hint:    "run payreconcile resume; it settles what is in doubt before anything else moves",
		})
	}
	return open
}

// openIntent returns the first open intent of a kind.
func (d *differ) openIntent(op spec.Op) (Intent, bool) {
	for _, i := range d.known.Intents {
		if i.Op == op && i.Open() {
			return i, true
		}
	}
	return Intent{}, false
}

// overlay adds the operations that the journal knows as made and the read does
// not show, so that they count and are never made again, and adds up anew. It
// blocks the payment, and reports so, when the journal and the read do not fit
// together.
func (d *differ) overlay() (blocked bool) {
	if len(d.known.Intents) == 0 {
		return false
	}
	taken := make([]bool, len(d.have.Operations))
	for _, i := range d.known.Intents {
		if !i.Made() {
			continue
		}
		switch o, shown := d.shown(i, taken); {
		case shown && o.Op != i.Op && !o.first():
			d.misfit(i, fmt.Sprintf("operation %s is a %s in the journal and a %s on the platform", o.ID, i.Op, o.Op))
			return true
		case shown && o.Op == i.Op:
		default:
			d.unseen = append(d.unseen, Operation{
				ID: i.OperationID, Op: i.Op, Amount: i.Amount, Currency: i.Currency, Ref: i.Ref,
				Code: i.Code, Standing: Requested, Unseen: true,
			})
		}
	}
	if len(d.unseen) == 0 {
		return false
	}
	with := d.have.with(d.unseen)
	if with.Fault != "" {
		d.misfit(d.intentOf(d.unseen[0]), "with what the journal knows as made and the platform does not show yet, "+with.FaultText)
		return true
	}
	d.have = with
	return false
}

func (d *differ) misfit(i Intent, why string) {
	d.block(Action{
		Op: i.Op, Operation: i.OperationID, Ref: i.Ref, Amount: i.Amount, Reason: ReasonInDoubt, Message: why,
		Hint: "plan again later; if it stays so, look at the payment in the platform's portal",
	})
}

func (d *differ) intentOf(o Operation) Intent {
	return Intent{Op: o.Op, OperationID: o.ID, Ref: o.Ref, Amount: o.Amount}
}

// with returns the payment as it would be read with further operations.
func (o Observed) with(more []Operation) Observed {
	ops := make([]Operation, 0, len(o.Operations)+len(more))
	ops = append(append(ops, o.Operations...), more...)
	for i := range ops {
		if ops[i].first() { // as it was read: what it counts as depends on the others
			s := statuses[ops[i].Code]
			ops[i].Op, ops[i].Standing, ops[i].Amount = s.op, s.standing, o.Authorized
		}
	}
	o.Operations = ops
	if o.authorizationOf(); o.Fault == "" {
		o.sum()
	}
	return o
}

// shown returns the operation that a made intent stands for: by its id in any
// spelling or, where the journal has none, the one under its reference, or a
// nameless one of its amount that no other intent explains.
func (d *differ) shown(i Intent, taken []bool) (Operation, bool) {
	if i.OperationID != "" {
		for _, o := range d.have.Operations {
			if SameOperation(o.ID, i.OperationID) {
				return o, true
			}
		}
		return Operation{}, false
	}
	for _, named := range [...]bool{true, false} {
		for at, o := range d.have.Operations {
			like := o.Ref == i.Ref || (!named && o.Ref == "" && o.Amount == i.Amount)
			if o.Op == i.Op && o.named() && like && !taken[at] && !d.explained(o.ID) {
				taken[at] = true
				return o, true
			}
		}
	}
	return Operation{}, false
}

// explained reports that an intent names an operation as its own.
func (d *differ) explained(operationID string) bool {
	for _, i := range d.known.Intents {
		if i.OperationID != "" && SameOperation(i.OperationID, operationID) {
			return true
		}
	}
	return false
}

// twice says that two live operations stand under one reference of one kind,
// where the platform's echo alone does not tell: the journal knows one of them
// by its id.
func (d *differ) twice() string {
	if d.have.Fault != "" || len(d.known.Intents) == 0 {
		return ""
	}
	type name struct {
		op  spec.Op
		ref string
	}
	first := map[name]string{}
	for _, o := range d.have.Operations {
		if !o.named() {
			continue
		}
		refs := []string{o.Ref}
		for _, i := range d.known.Intents {
			if i.Op == o.Op && i.OperationID != "" && SameOperation(i.OperationID, o.ID) {
				refs = append(refs, i.Ref)
			}
		}
		for _, ref := range refs {
			n := name{o.Op, ref}
			if earlier, taken := first[n]; ref != "" && taken && earlier != o.ID {
				return fmt.Sprintf("operations %s and %s are both the %s %s", earlier, o.ID, o.Op, ref)
			}
			first[n] = o.ID
		}
	}
	return ""
}

func (d *differ) unseenOf(op spec.Op) (Operation, bool) {
	for _, o := range d.unseen {
		if o.Op == op {
			return o, true
		}
	}
	return Operation{}, false
}

// notYetVisible tells of the operations of a kind that only the journal shows.
func (d *differ) notYetVisible(op spec.Op) {
	for _, o := range d.unseen {
		if o.Op != op || d.told(o) {
			continue
		}
		as := ""
		if o.ID != "" {
			as = " as operation " + o.ID
		}
		d.add(Action{
			Kind: Pending, Op: op, Reason: ReasonNotYetVisible, Operation: o.ID, Ref: o.Ref, Amount: o.Amount,
			Before: d.have.Totals.Of(op), After: d.have.Totals.Of(op),
			Message: "the platform accepted it" + as + " and does not show it yet",
			Hint:    "plan again later; it is not sent again",
		})
	}
}

// told reports that an action speaks of an operation that is not shown.
func (d *differ) told(o Operation) bool {
	for _, a := range d.actions {
		if a.Op == o.Op && a.Ref == o.Ref && a.Operation == o.ID && a.Kind == Blocked {
			return true
		}
	}
	return false
}

// drift tells of our own accepted calls that the platform refused afterwards.
func (d *differ) drift() (out []Drift) {
	for _, i := range d.known.Intents {
		if i.Made() && d.refusedOnPlatform(i) {
			out = append(out, Drift{Kind: "refused_after_acceptance", Op: i.Op, Operation: i.OperationID, Ref: i.Ref})
		}
	}
	return out
}

// attempt counts how often this call was refused before, and adds one:
// distinct refused operations under its ref on the platform, and refusals in
// the journal that left no operation there. A refusal that the journal does not
// hold makes ok false: with another journal the number would repeat, and with
// it the key.
//
// why says of a later attempt what became of the one before.
func (d *differ) attempt(op spec.Op, ref string) (n int, why string, ok bool) {
	n = 1
	for _, i := range d.known.Intents {
		if i.Op == op && i.Ref == ref && (i.State == StateRefused || d.refusedOnPlatform(i)) {
			n = max(n, i.Attempt) + 1
			why = fmt.Sprintf("attempt %d was refused", i.Attempt)
			if i.State == StateRefused && i.Message != "" {
				why = fmt.Sprintf("attempt %d: %s", i.Attempt, i.Message)
			}
		}
	}
	for _, o := range d.have.Operations {
		if o.Op == op && o.Standing == Refused && o.Ref == ref && !o.first() && !d.holds(op, ref, o.ID) {
			return n, why, false
		}
	}
	return n, why, true
}

// holds reports that the journal knows an operation under a reference.
func (d *differ) holds(op spec.Op, ref, operationID string) bool {
	for _, i := range d.known.Intents {
		if i.Op == op && i.Ref == ref && i.OperationID != "" && SameOperation(i.OperationID, operationID) {
			return true
		}
	}
	return false
}

func (d *differ) refusedOnPlatform(i Intent) bool {
	if i.OperationID == "" {
		return false
	}
	for _, o := range d.have.Operations {
		if o.Op == i.Op && o.Standing == Refused && SameOperation(o.ID, i.OperationID) {
			return true
		}
	}
	return false
}

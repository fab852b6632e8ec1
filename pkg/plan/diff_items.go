package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// items matches the declared items of a kind with the operations that are
// there, and returns a call for each that is not. An operation of the kind
// that no item names is not ours to judge: it blocks.
func (d *differ) items(op spec.Op, items []spec.Item) []Action {
	named := make([]bool, len(d.have.Operations))
	var calls []Action
	running := d.have.Totals.Of(op)
	for _, it := range items {
		switch i := d.find(op, it.Ref); {
		case it.Operation != "":
			d.adopt(op, it, named)
		case i >= 0:
			d.found(op, it, i, named)
		case it.Ref == d.have.MerchantReference:
			d.block(Action{
				Op: op, Ref: it.Ref, Amount: it.Amount, Reason: ReasonWrongReference,
				Message: fmt.Sprintf("%s is the payment's own reference, by which no %s of it can be known", it.Ref, op),
				Hint:    "give the item a ref of its own",
			})
		default:
			calls = append(calls, Action{
				Kind: Kind(op), Op: op, Ref: it.Ref, Amount: it.Amount, Before: running, After: running + it.Amount,
				Final: it.Final, Note: it.Reason,
			})
			running += it.Amount
		}
	}
	d.unmanaged(op, named)
	return calls
}

// found holds an item against the operation that it stands for.
func (d *differ) found(op spec.Op, it spec.Item, i int, named []bool) {
	o := d.have.Operations[i]
	a := Action{Op: op, Ref: it.Ref, Operation: o.ID, Amount: it.Amount}
	switch {
	case named[i]:
		a.Reason, a.Message = ReasonAdoptTwice, fmt.Sprintf("operation %s is claimed by two items", o.ID)
		a.Hint = "keep the item that it was made for"
		d.block(a)
	case o.Amount != it.Amount:
		a.Reason = ReasonAmountDiffers
		a.Message = fmt.Sprintf("%s is operation %s over %s, and %s is declared", it.Ref, o.ID, d.money(o.Amount), d.money(it.Amount))
		a.Hint = "an item is known by its ref: declare the amount that was made, and a new item for the rest"
		d.block(a)
	case o.Standing == Requested:
		d.pending(o, it.Ref)
	}
	named[i] = true
}

// find returns the live operation of an item: first by the operation id that
// the journal holds for its ref, then by the reference that the platform
// shows. The authorisation's reference is the order's and never matches, nor
// does the order's reference on any other operation.
func (d *differ) find(op spec.Op, ref string) int {
	for _, in := range d.known.Intents {
		if in.Op != op || in.Ref != ref || in.OperationID == "" {
			continue
		}
		for i, o := range d.have.Operations {
			if o.Op == op && o.Live() && SameOperation(o.ID, in.OperationID) {
				return i
			}
		}
	}
	if ref == d.have.MerchantReference {
		return -1
	}
	for i, o := range d.have.Operations {
		if o.Op == op && o.named() && o.Ref == ref {
			return i
		}
	}
	return -1
}

// adopt lets an item name an operation that somebody else made. It never makes
// a call.
func (d *differ) adopt(op spec.Op, it spec.Item, named []bool) {
	a := Action{Op: op, Ref: it.Ref, Operation: it.Operation, Amount: it.Amount, Hint: "name the operation as the platform shows it"}
	i := slices.IndexFunc(d.have.Operations, func(o Operation) bool { return SameOperation(o.ID, it.Operation) })
	if i < 0 {
		a.Reason, a.Message = ReasonAdoptMissing, fmt.Sprintf("the payment has no operation %s", it.Operation)
		d.block(a)
		return
	}
	o := d.have.Operations[i]
	switch {
	case named[i]:
		a.Reason, a.Message = ReasonAdoptTwice, fmt.Sprintf("operation %s is claimed by two items", o.ID)
		a.Hint = "keep the item that it was made for"
	case o.Op != op:
		a.Reason, a.Message = ReasonAdoptDiffers, fmt.Sprintf("operation %s is not a %s", o.ID, op)
	case o.Amount != it.Amount:
		a.Reason = ReasonAdoptDiffers
		a.Message = fmt.Sprintf("operation %s is over %s, and %s is declared", o.ID, d.money(o.Amount), d.money(it.Amount))
	case d.itemRef(o.Ref) && o.Ref != it.Ref:
		a.Reason, a.Message = ReasonAdoptDiffers, fmt.Sprintf("operation %s has the reference %s", o.ID, o.Ref)
	case !o.Live():
		a.Reason, a.Message = ReasonAdoptRefused, fmt.Sprintf("operation %s was refused (status %d)", o.ID, o.Code)
		a.Hint = "take the item out; without operation it is made anew"
	}
	named[i] = true // whatever is wrong with the claim, it is the one thing to mend
	switch {
	case a.Reason != "":
		d.block(a)
	case o.Standing == Requested:
		d.pending(o, it.Ref)
	}
}

// unmanaged blocks on live operations of the kind that no item names. A sale's
// own capture need not be named.
func (d *differ) unmanaged(op spec.Op, named []bool) {
	for i, o := range d.have.Operations {
		if o.Op != op || !o.Live() || named[i] || (op == spec.Capture && o.first()) {
			continue
		}
		name := o.ID
		if name == "" {
			name = o.Ref
		}
		d.block(Action{
			Op: op, Operation: o.ID, Ref: o.Ref, Amount: o.Amount, Reason: ReasonUnmanaged,
			Message: fmt.Sprintf("the %s %s over %s was made and no item names it", op, name, d.money(o.Amount)),
			Hint:    d.adoptHint(op, o),
		})
	}
}

// adoptHint shows the line that adopts an operation.
func (d *differ) adoptHint(op spec.Op, o Operation) string {
	amount := spec.Money{Minor: o.Amount, Currency: d.want.Currency}.Decimal()
	ref := o.Ref
	if !d.itemRef(ref) {
		ref = "adopted-" + o.ID
	}
	switch {
	case o.first(), len(ref) > maxRef:
		return fmt.Sprintf("declare the total, which counts it, instead of items: %s: %s", over[op].past, amount)
	case o.ID == "":
		return fmt.Sprintf("to keep it, add under %ss: {ref: %q, amount: %s}", op, ref, amount)
	}
	return fmt.Sprintf("to adopt it, add under %ss: {ref: %q, amount: %s, operation: %q}", op, ref, amount, o.ID)
}

// maxRef is the longest ref that an item may have.
const maxRef = 30

// itemRef reports that a manifest can write a reference as the ref of an
// item, so that an item that means the operation has to.
func (d *differ) itemRef(ref string) bool { return itemRef(ref, d.have.MerchantReference) }

// itemRef reports that a manifest can write a reference as the ref of an item
// of a payment whose own reference is order.
func itemRef(ref, order string) bool {
	if ref == "" || len(ref) > maxRef || ref == order || strings.HasPrefix(ref, derivedPrefix) {
		return false
	}
	return strings.Trim(ref, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._:-") == ""
}

package plan

import (
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// blockedAsAWhole reports, and says why, that nothing can be planned for the
// payment at all. Doubt is told of as well, whatever else is wrong; a duplicate
// on the platform comes first.
func (d *differ) blockedAsAWhole() bool {
	a := d.guard()
	if a.Reason == "" {
		return false
	}
	if a.Reason == ReasonDuplicate {
		d.block(a)
	}
	for _, op := range spec.Ops {
		d.inDoubt(op)
	}
	if a.Reason != ReasonDuplicate {
		d.block(a)
	}
	return true
}

// guard returns the first thing that makes the payment another one than the
// manifest means, or one that cannot be read.
func (d *differ) guard() Action {
	w, h := d.want, d.have
	merchant := ""
	if w.Manifest != nil {
		merchant = w.Manifest.MerchantID
	}
	wrong, twice := d.misdeclared(), d.twice()
	switch {
	case wrong != "":
		return unsound(wrong)
	case !h.Exists:
		return Action{
			Reason: ReasonUnknownPayment, Message: "the platform does not know this payment",
			Hint: "check the id, and that merchant and environment are the ones it was made in",
		}
	case spec.BaseOf(h.ID) != w.ID.Base():
		return Action{
			Reason: ReasonWrongPayment, Message: fmt.Sprintf("the platform answered for payment %s", h.ID),
			Hint: "declare the payment under the id that the platform uses for it",
		}
	case merchant != "" && merchant != d.known.Env.Merchant:
		return Action{
			Reason: ReasonWrongMerchant, Message: fmt.Sprintf("it is declared for merchant %s and we are connected to %s", merchant, d.known.Env.Merchant),
			Hint: "use the configuration of that merchant",
		}
	case h.Fault == ReasonDuplicate:
		return duplicate(h.FaultText)
	case twice != "":
		return duplicate(twice)
	case h.Currency != w.Currency:
		return Action{
			Reason: ReasonWrongCurrency, Message: fmt.Sprintf("it is in %s and declared in %s", h.Currency, w.Currency),
			Hint: "check the id, or declare amounts in its own currency",
		}
	case w.MerchantReference != "" && w.MerchantReference != h.MerchantReference:
		return Action{
			Reason: ReasonWrongReference, Message: fmt.Sprintf("its reference is %q and %q is declared", h.MerchantReference, w.MerchantReference),
			Hint: "this id may belong to another order: check it before correcting merchantReference",
		}
	case w.Authorized != 0 && w.Authorized != h.Authorized:
		return Action{
			Reason: ReasonWrongAuthorized, Message: fmt.Sprintf("it was authorised over %s and %s is declared", d.money(h.Authorized), d.money(w.Authorized)),
			Hint: "this id may belong to another order: check it before correcting authorized",
		}
	case h.Fault != "":
		return Action{
			Reason: h.Fault, Message: h.FaultText,
			Hint: "look at it in the platform's portal; nothing is moved on a payment that cannot be added up",
		}
	}
	return Action{}
}

// duplicate is the action of a payment with two live operations under one
// reference.
func duplicate(why string) Action {
	return Action{
		Reason: ReasonDuplicate, Message: why + ": money may have moved twice",
		Hint: "look at both in the platform's portal before anything else moves on this payment",
	}
}

// misdeclared says what spec.Decode never yields: amounts out of range, and
// sums that overflow.
func (d *differ) misdeclared() string {
	for _, op := range spec.Ops {
		want := d.want.Desired(op)
		for _, it := range want.Items {
			if it.Ref == "" || it.Amount < 1 || it.Amount > spec.MaxMinor {
				return fmt.Sprintf("the %s %q is over %d minor units", op, it.Ref, it.Amount)
			}
		}
		if sum, ok := want.Sum(); ok && (sum < 0 || sum > spec.MaxMinor) || !ok && want.Mode == spec.Items {
			return fmt.Sprintf("the %ss come to %d minor units", op, sum)
		}
	}
	return ""
}

// uncertain returns an operation of a kind, or of any when op is "", of which
// the platform itself is not certain.
func (d *differ) uncertain(op spec.Op) (Operation, bool) {
	if d.have.Totals.Uncertain == 0 && d.have.Totals.UncertainRefund == 0 {
		return Operation{}, false
	}
	for _, o := range d.have.Operations {
		if (op == "" || o.Op == op) && o.Standing == Uncertain {
			return o, true
		}
	}
	return Operation{}, false
}

func (d *differ) blockUncertain(op spec.Op, o Operation) {
	d.block(Action{
		Op: op, Operation: o.ID, Ref: o.Ref, Amount: o.Amount, Reason: ReasonUncertain,
		Message: fmt.Sprintf("the platform itself is not certain about operation %s (status %d)", o.ID, o.Code),
		Hint:    "wait until it is settled or refused, or ask the platform's support",
	})
}

package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// maxOperations bounds what one payment may list.
const maxOperations = 1000

// Observe adds up what was read. What cannot be added up with certainty gets a
// Fault, and then nothing is planned on it and its Totals are zero:
//
//   - no operations at all, too many, or one without id, code or amount
//   - a status code that is not described, or denied by its category
//   - a code of the authorisation on a later operation that was not refused:
//     nobody can tell what kind of call it is
//   - two live operations under one reference of one kind
//   - sums over the authorised or the captured amount
//   - the authorisation's amount other than the payment's, or an authorisation
//     that was never given beside operations that need one
//   - another currency, a surcharge, more than one payment method
func Observe(r Reading, at time.Time) Observed {
	o := Observed{
		At: at, Exists: true, ID: r.ID, Authorized: r.Amount, Currency: r.Currency, Code: r.Code,
		CanCapture: isTrue(r.Authorized), CanCancel: isTrue(r.Cancellable), CanRefund: isTrue(r.Refundable),
		MerchantReference: r.MerchantReference, Product: r.Product,
	}
	if len(r.Operations) > maxOperations {
		o.fault(ReasonUnreadable, "it has %d operations, more than the %d that are added up", len(r.Operations), maxOperations)
		return o
	}
	if _, known := statuses[r.Code]; !known {
		o.fault(ReasonUnknownStatus, "the payment has status code %d, which is not described", r.Code)
	}
	switch {
	case len(r.Operations) == 0:
		o.fault(ReasonUnreadable, "the platform lists no operations of it")
	case r.Amount <= 0 || r.Amount > spec.MaxMinor:
		o.fault(ReasonUnreadable, "its amount is %d minor units", r.Amount)
	case r.Surcharge:
		o.fault(ReasonUnreadable, "it carries a surcharge")
	case r.Methods > 1 || methods(r.Operations) > 1:
		o.fault(ReasonUnreadable, "it was paid by more than one payment method")
	}
	o.Operations = make([]Operation, 0, len(r.Operations))
	for _, op := range r.Operations {
		o.addOperation(op)
	}
	o.checkPairs()
	if o.Fault == "" {
		o.authorizationOf()
	}
	if o.Fault == "" {
		o.sum()
	}
	return o
}

func isTrue(b *bool) bool { return b != nil && *b }

// methods counts the payment methods that operations name, up to two.
func methods(ops []ReadOperation) int {
	named := ""
	for _, op := range ops {
		switch {
		case op.Method == "" || op.Method == named:
		case named != "":
			return 2
		default:
			named = op.Method
		}
	}
	return min(1, len(named))
}

// fault records the first fault; a duplicate on the platform goes before all.
func (o *Observed) fault(r Reason, format string, args ...any) {
	if o.Fault == "" || (r == ReasonDuplicate && o.Fault != ReasonDuplicate) {
		o.Fault, o.FaultText = r, fmt.Sprintf(format, args...)
	}
}

func (o *Observed) addOperation(r ReadOperation) {
	op := Operation{ID: r.ID, Category: r.Category, Ref: r.Ref, Standing: Undefined, Currency: r.Currency}
	defer func() { o.Operations = append(o.Operations, op) }()
	if r.ID == "" || r.Code == nil || r.Amount == nil {
		o.fault(ReasonUnreadable, "an operation has no id, status code or amount")
		return
	}
	op.Code, op.Amount = *r.Code, *r.Amount
	s, known := statuses[op.Code]
	if !known {
		o.fault(ReasonUnknownStatus, "operation %s has status code %d, which is not described", r.ID, op.Code)
		return
	}
	op.Op, op.Standing = s.op, s.standing
	switch {
	case spec.BaseOf(r.ID) != spec.BaseOf(o.ID):
		o.fault(ReasonUnreadable, "operation %s belongs to another payment", r.ID)
	case r.Currency != o.Currency:
		o.fault(ReasonUnreadable, "operation %s is in %s and the payment in %s", r.ID, r.Currency, o.Currency)
	case op.Amount < 0 || op.Amount > spec.MaxMinor:
		o.fault(ReasonUnreadable, "operation %s has the amount %d", r.ID, op.Amount)
	case s.contradicts(r.Category):
		o.fault(ReasonUnreadable, "operation %s has status code %d but category %s", r.ID, op.Code, r.Category)
	case s.op == authorization && s.standing != Refused && !IsFirst(r.ID):
		o.fault(ReasonUnreadable, "operation %s has status code %d, which does not say what kind of call it is", r.ID, op.Code)
	}
}

// checkPairs finds what makes a list of operations ambiguous.
func (o *Observed) checkPairs() {
	for i, op := range o.Operations {
		for _, earlier := range o.Operations[:i] {
			switch {
			case op.Ref != "" && op.Ref == earlier.Ref && op.Op == earlier.Op && op.named() && earlier.named():
				o.fault(ReasonDuplicate, "operations %s and %s are both the %s %s", earlier.ID, op.ID, op.Op, op.Ref)
			case SameOperation(op.ID, earlier.ID):
				o.fault(ReasonUnreadable, "operation %s is listed twice", op.ID)
			}
		}
	}
}

// authorizationOf settles what operation _0 is. The platform keeps it at its
// own code or lets it follow the payment's:
//
//	code of _0       other operations of that kind   _0 is
//	authorisation    any                             the authorisation
//	capture          none                            the capture of a sale
//	cancel           none                            what is left, voided
//	refund           none                            unreadable
//	any of a call    one that was not refused        the authorisation; of a sale, its capture
//	refused          only refused ones               the same
//	not refused      only refused ones               unreadable
func (o *Observed) authorizationOf() {
	i := slices.IndexFunc(o.Operations, Operation.first)
	if i < 0 {
		o.fault(ReasonUnreadable, "its authorisation is not among its operations")
		return
	}
	auth := &o.Operations[i]
	if auth.Amount != o.Authorized {
		o.fault(ReasonUnreadable, "its authorisation is over %d minor units and the payment over %d", auth.Amount, o.Authorized)
		return
	}
	listed, live := o.others(auth.Op)
	switch {
	case auth.Op == authorization:
		if auth.Standing != Settled && o.anyLive() {
			o.fault(ReasonUnreadable, "its authorisation has status code %d and operations that need one stand beside it", auth.Code)
		}
	case listed && !live && auth.Live(), auth.Op == spec.Refund && !listed:
		o.fault(ReasonUnreadable, "its authorisation has the %s code %d and no %s is listed that explains it", auth.Op, auth.Code, auth.Op)
	case listed:
		captures, _ := o.others(spec.Capture)
		if auth.Op == spec.Refund && !captures {
			auth.Op, auth.Standing = spec.Capture, Settled // a sale: all of it was captured
			return
		}
		auth.Op, auth.Standing = authorization, Settled
	case auth.Op == spec.Cancel && auth.Live():
		o.voidRest(auth)
	}
}

// voidRest gives a cancel that the platform shows on the authorisation itself
// the amount that it is over: what was not captured.
func (o *Observed) voidRest(auth *Operation) {
	for _, x := range o.Operations {
		if x.Op == spec.Capture && x.Live() {
			auth.Amount -= x.Amount
		}
		if auth.Amount < 0 {
			o.fault(ReasonUnreadable, "its operations add up to more than the authorised amount")
			return
		}
	}
}

// others reports whether operations of a kind are listed beside the
// authorisation, and whether one of them was not refused.
func (o *Observed) others(op spec.Op) (listed, live bool) {
	for _, x := range o.Operations {
		if x.Op == op && !x.first() {
			listed, live = true, live || x.Live()
		}
	}
	return listed, live
}

func (o *Observed) anyLive() bool {
	return slices.ContainsFunc(o.Operations, func(x Operation) bool { return !x.first() && x.Live() })
}

// sum fills Totals and refuses sums that cannot be. Every amount is at most
// spec.MaxMinor and the sums are held against the authorised amount after each
// addition, so that none can overflow.
func (o *Observed) sum() {
	var t Totals
	for _, op := range o.Operations {
		into := t.bucket(op.Op, op.Standing)
		if into == nil {
			continue
		}
		*into += op.Amount
		if t.taken() > o.Authorized || t.Of(spec.Refund)+t.UncertainRefund > o.Authorized {
			o.fault(ReasonUnreadable, "its operations add up to more than the authorised amount")
			return
		}
	}
	if t.Of(spec.Refund)+t.UncertainRefund > t.Of(spec.Capture) {
		o.fault(ReasonUnreadable, "more was refunded than captured")
		return
	}
	o.Totals = t
}

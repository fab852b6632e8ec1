package plan

import (
	"fmt"
	"strconv"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An Omission is what Declare cannot put into a manifest, and why.
type Omission struct {
	Op        spec.Op // the kind that stays unmanaged; "" when it is the whole payment
	Operation string  // the operation that is why, if it is one
	Reason    Reason
	Message   string
}

// Declare returns a payment as a manifest declares what is there already, so
// that Diff has no call to make for it and finds nothing Blocked. Each
// operation becomes an item: under its own reference where that identifies it,
// else under one derived from its id, and adopted. With Mode Total, and where an
// operation cannot be written as an item, the kind is declared by its total. A
// kind without operations is left alone, and so are operations that were
// refused.
//
// What cannot be declared is omitted: a kind with an operation of which the
// platform is not certain, or the payment as a whole, which is nil then. Declare
// performs no I/O; equal arguments give equal results.
func Declare(id spec.PaymentID, have Observed, as spec.Mode) (*spec.Payment, []Omission) {
	if why, ok := undeclarable(id, have); !ok {
		return nil, []Omission{why}
	}
	p, gaps := declared(id, have, as)
	a, blocked := planned(p, have)
	if blocked && as == spec.Items {
		p, gaps = declared(id, have, spec.Total)
		a, blocked = planned(p, have)
	}
	if blocked {
		return nil, []Omission{{Operation: a.Operation, Reason: a.Reason, Message: a.Message}}
	}
	return p, gaps
}

// undeclarable says why nothing can be declared of a payment at all.
func undeclarable(id spec.PaymentID, have Observed) (why Omission, ok bool) {
	omit := func(r Reason, format string, args ...any) (Omission, bool) {
		return Omission{Reason: r, Message: fmt.Sprintf(format, args...)}, false
	}
	switch _, known := have.Currency.Exponent(); {
	case !have.Exists:
		return omit(ReasonUnknownPayment, "the platform does not know this payment")
	case spec.BaseOf(have.ID) != id.Base():
		return omit(ReasonWrongPayment, "the platform answered for payment %s", have.ID)
	case have.Fault != "":
		return omit(have.Fault, "%s", have.FaultText)
	case !known:
		return omit(ReasonUnreadable, "it is in currency %q, which is not known", string(have.Currency))
	}
	return Omission{}, true
}

// planned returns what a plan of the declared payment would do, if it would do
// anything or be blocked.
func planned(p *spec.Payment, have Observed) (Action, bool) {
	e := Diff(p, have, Known{})
	for _, a := range e.Content.Actions {
		if a.Kind.Calls() || a.Kind == Deferred || a.Kind == Blocked {
			return a, true
		}
	}
	return Action{}, false
}

func declared(id spec.PaymentID, have Observed, as spec.Mode) (*spec.Payment, []Omission) {
	p := &spec.Payment{ID: id, Currency: have.Currency, MerchantReference: have.MerchantReference, Authorized: have.Authorized}
	if shown, err := spec.ParsePaymentID(have.ID); err == nil {
		p.ID = shown
	}
	d := declarer{p: p, have: have}
	var gaps []Omission
	for _, op := range spec.Ops {
		if o, found := d.doubtful(op); found {
			gaps = append(gaps, Omission{
				Op: op, Operation: o.ID, Reason: ReasonUncertain,
				Message: fmt.Sprintf("the platform itself is not certain about operation %s (status %d)", o.ID, o.Code),
			})
			continue
		}
		*p.Desired(op) = d.desired(op, as)
	}
	return p, gaps
}

// A declarer declares one payment.
type declarer struct {
	p    *spec.Payment
	have Observed
}

// doubtful returns an operation of a kind of which the platform is not certain.
func (d *declarer) doubtful(op spec.Op) (Operation, bool) {
	for _, o := range d.have.Operations {
		if o.Op == op && o.Standing == Uncertain {
			return o, true
		}
	}
	return Operation{}, false
}

// desired declares a kind.
func (d *declarer) desired(op spec.Op, as spec.Mode) (want spec.Desired) {
	taken := map[string]bool{d.have.MerchantReference: true}
	for _, o := range d.have.Operations {
		if o.Op == op && o.Live() {
			taken[o.Ref] = true
		}
	}
	used := map[string]bool{}
	for _, o := range d.have.Operations {
		if o.Op != op || !o.Live() {
			continue
		}
		want.Mode = spec.Items
		it, ok := d.item(op, o, taken)
		if !ok || used[it.Ref] || as != spec.Items {
			return spec.Desired{Mode: spec.Total, Total: d.have.Totals.Of(op)}
		}
		used[it.Ref] = true
		want.Items = append(want.Items, it)
	}
	return want
}

// item declares one operation; ok is false when a manifest cannot write it.
func (d *declarer) item(op spec.Op, o Operation, taken map[string]bool) (it spec.Item, ok bool) {
	it = spec.Item{Ref: o.Ref, Amount: o.Amount}
	own := itemRef(o.Ref, d.have.MerchantReference)
	switch {
	case o.Amount < 1, own && spec.HasCard(o.Ref):
		return it, false
	case own && o.named():
		return it, true
	}
	if !own {
		it.Ref = derivedName(o.ID, taken)
	}
	it.Operation = o.ID
	return it, spec.CheckOperationID(d.p.ID, op, o.ID) == nil
}

// derivedName names an operation by its number, and takes the name.
func derivedName(id string, taken map[string]bool) string {
	_, n := splitOperation(id)
	name := "adopted-" + strconv.Itoa(n)
	for i := 2; taken[name]; i++ {
		name = "adopted-" + strconv.Itoa(n) + "." + strconv.Itoa(i)
	}
	taken[name] = true
	return name
}

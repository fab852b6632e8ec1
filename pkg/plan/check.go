package plan

import (
	"errors"
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Check proves the entry over its own numbers, and trusts none of them:
//
//   - what was observed adds up to its totals, within what was authorised
//   - a call stands only on a payment that could be read, in its currency
//   - calls go in the order captures, cancels, refunds; a kind with a blocked
//     action makes none, no two are under one reference, nothing is captured
//     behind a final capture, and no cancel goes beside a capture
//   - every call moves after − before, captures and cancels stay within what is
//     open, and refunds within what has settled
func (e *Entry) Check() error {
	c := &e.Content
	if err := c.Have.check(); err != nil {
		return err
	}
	now := perOp{c.Have.Totals.Of(spec.Capture), c.Have.Totals.Of(spec.Cancel), c.Have.Totals.Of(spec.Refund)}
	var moved perOp
	var last *Action
	for i := range c.Actions {
		a := &c.Actions[i]
		if !a.Kind.Calls() {
			continue
		}
		if err := e.checkCall(i, last, *now.of(a.Op)); err != nil {
			return err
		}
		*now.of(a.Op) = a.After
		*moved.of(a.Op) += a.Amount
		if moved.capture+moved.cancel > c.Have.Open() {
			return errors.New("captured and cancelled come to more than was authorised")
		}
		if moved.refund > max(0, c.Have.Refundable()) {
			return errors.New("refunded comes to more than was captured")
		}
		last = a
	}
	return nil
}

// checkCall checks one call behind the last one, with so much there already.
func (e *Entry) checkCall(i int, last *Action, there int64) error {
	c := &e.Content
	a := &c.Actions[i]
	switch {
	case !c.Have.Exists || c.Have.Fault != "":
		return fmt.Errorf("a %s on a payment that could not be read", a.Kind)
	case string(a.Kind) != string(a.Op):
		return fmt.Errorf("a %s is labelled %s", a.Op, a.Kind)
	case c.Currency != c.Have.Currency || spec.BaseOf(c.Have.ID) != c.Payment.Base():
		return fmt.Errorf("a %s in %s of payment %s on payment %s in %s", a.Op, c.Currency, c.Payment, c.Have.ID, c.Have.Currency)
	case a.Amount <= 0 || a.Amount > spec.MaxMinor:
		return fmt.Errorf("%s of %d minor units", a.Op, a.Amount)
	case a.Before != there || a.After-a.Before != a.Amount:
		return fmt.Errorf("%s from %d by %d to %d, with %d there already", a.Op, a.Before, a.Amount, a.After, there)
	case a.Attempt < 1 || a.Key == "" || a.Ref == "":
		return fmt.Errorf("%s without attempt, key or ref", a.Op)
	case a.Final && a.Op != spec.Capture:
		return fmt.Errorf("a final %s", a.Op)
	}
	if last != nil {
		switch {
		case rank(last.Op) > rank(a.Op):
			return fmt.Errorf("a %s behind a %s", a.Op, last.Op)
		case last.Final && a.Op != spec.Refund:
			return fmt.Errorf("a %s behind a final capture", a.Op)
		case last.Op == spec.Capture && a.Op == spec.Cancel:
			return errors.New("a cancel beside a capture that has not settled")
		}
	}
	for j, x := range c.Actions {
		switch {
		case x.Kind == Blocked && (x.Op == a.Op || x.Op == ""):
			return fmt.Errorf("a %s beside a blocked one", a.Op)
		case j < i && x.Kind == a.Kind && x.Ref == a.Ref:
			return fmt.Errorf("two calls for the %s %s", a.Op, a.Ref)
		}
	}
	return nil
}

// rank is the place of a kind in spec.Ops.
func rank(op spec.Op) int {
	for i, x := range spec.Ops {
		if x == op {
			return i
		}
	}
	return len(spec.Ops)
}

// check proves that the totals are those of the operations, and possible.
// Amounts are checked one by one before they are added, so that no sum can
// overflow.
func (o *Observed) check() error {
	if !o.Exists || o.Fault != "" {
		if o.Totals != (Totals{}) {
			return errors.New("totals of a payment that could not be read")
		}
		return nil
	}
	if o.Authorized <= 0 || o.Authorized > spec.MaxMinor || len(o.Operations) > maxOperations {
		return fmt.Errorf("%d minor units authorised in %d operations", o.Authorized, len(o.Operations))
	}
	var t Totals
	for _, op := range o.Operations {
		if op.Amount < 0 || op.Amount > spec.MaxMinor {
			return fmt.Errorf("operation %s is over %d minor units", op.ID, op.Amount)
		}
		if into := t.bucket(op.Op, op.Standing); into != nil {
			*into += op.Amount
		}
	}
	switch {
	case t != o.Totals:
		return errors.New("the operations do not add up to the totals")
	case o.Open() < 0:
		return errors.New("captured and cancelled is more than was authorised")
	case t.Of(spec.Refund)+t.UncertainRefund > t.Of(spec.Capture):
		return errors.New("refunded is more than was captured")
	}
	return nil
}

package plan

import (
	"time"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Reading is what one read of a payment answered, in plain words and before
// any judgement. It is what a gateway fills in.
type Reading struct {
	ID                string
	Amount            int64 // paymentOutput.amountOfMoney
	Currency          spec.Currency
	Code              int
	Authorized        *bool // isAuthorized … absent means not allowed
	Cancellable       *bool
	Refundable        *bool
	Product           int // paymentProductId, 0 when not read
	Methods           int // how many payment methods or tenders the answer names
	Surcharge         bool
	MerchantReference string
	Operations        []ReadOperation
}

// A ReadOperation is one entry of Operations[] as read. Pointers are nil where
// the answer had no such field.
type ReadOperation struct {
	ID       string
	Code     *int
	Category string
	Amount   *int64
	Currency spec.Currency
	Ref      string
	Method   string
}

// Observed is a payment as the platform showed it, added up. The platform
// gives neither totals nor kinds: both are computed here. The zero Observed is
// a payment that the platform does not know.
type Observed struct {
	At                time.Time     `json:"-"`
	Authorized        int64         `json:"authorized"` // the amount of the payment
	CanCancel         bool          `json:"can_cancel,omitempty"`
	CanCapture        bool          `json:"can_capture,omitempty"` // isAuthorized
	CanRefund         bool          `json:"can_refund,omitempty"`
	Code              int           `json:"code"`
	Currency          spec.Currency `json:"currency,omitempty"`
	Exists            bool          `json:"exists"`
	Fault             Reason        `json:"fault,omitempty"` // why it cannot be planned on
	FaultText         string        `json:"fault_text,omitempty"`
	ID                string        `json:"id,omitempty"`
	MerchantReference string        `json:"merchant_reference,omitempty"`
	Operations        []Operation   `json:"operations,omitempty"`
	Product           int           `json:"product,omitempty"`
	Totals            Totals        `json:"totals"`
}

// Totals are the sums over Operations[], in minor units.
type Totals struct {
	CancelRequested  int64 `json:"cancel_requested,omitempty"`
	Cancelled        int64 `json:"cancelled,omitempty"`
	CaptureRequested int64 `json:"capture_requested,omitempty"`
	Captured         int64 `json:"captured,omitempty"`
	RefundRequested  int64 `json:"refund_requested,omitempty"`
	Refunded         int64 `json:"refunded,omitempty"`
	Uncertain        int64 `json:"uncertain,omitempty"` // of captures and cancels: keeps money from being taken twice
	UncertainRefund  int64 `json:"uncertain_refund,omitempty"`
}

// Of returns settled plus requested money of a kind.
func (t Totals) Of(op spec.Op) int64 {
	switch op {
	case spec.Capture:
		return t.Captured + t.CaptureRequested
	case spec.Cancel:
		return t.Cancelled + t.CancelRequested
	case spec.Refund:
		return t.Refunded + t.RefundRequested
	}
	return 0
}

// Requested returns the money of a kind that the platform is still working on.
func (t Totals) Requested(op spec.Op) int64 {
	switch op {
	case spec.Capture:
		return t.CaptureRequested
	case spec.Cancel:
		return t.CancelRequested
	case spec.Refund:
		return t.RefundRequested
	}
	return 0
}

// taken is everything that is captured or cancelled, or may be.
func (t Totals) taken() int64 { return t.Of(spec.Capture) + t.Of(spec.Cancel) + t.Uncertain }

// Open is what can still be captured or cancelled: the authorised amount less
// everything captured, cancelled, requested or uncertain.
func (o Observed) Open() int64 {
	return o.Authorized - o.Totals.taken()
}

// Refundable is what can still be refunded of what has settled.
func (o Observed) Refundable() int64 {
	return o.Totals.Captured - o.Totals.Of(spec.Refund) - o.Totals.UncertainRefund
}

// bucket is the total that an operation counts into, nil when it counts for
// nothing.
func (t *Totals) bucket(op spec.Op, s Standing) *int64 {
	var settled, requested, uncertain *int64
	switch op {
	case spec.Capture:
		settled, requested, uncertain = &t.Captured, &t.CaptureRequested, &t.Uncertain
	case spec.Cancel:
		settled, requested, uncertain = &t.Cancelled, &t.CancelRequested, &t.Uncertain
	case spec.Refund:
		settled, requested, uncertain = &t.Refunded, &t.RefundRequested, &t.UncertainRefund
	}
	switch s {
	case Settled:
		return settled
	case Requested:
		return requested
	case Uncertain:
		return uncertain
	case Refused, Undefined:
	}
	return nil
}

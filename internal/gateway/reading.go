package gateway

import (
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// reading takes an answer apart; plan.Observe judges it.
func reading(d *paymentDetails) plan.Reading {
	r := plan.Reading{ID: d.ID, Code: -1}
	if s := d.StatusOutput; s != nil {
		if s.StatusCode != nil {
			r.Code = *s.StatusCode
		}
		r.Authorized, r.Cancellable, r.Refundable = s.IsAuthorized, s.IsCancellable, s.IsRefundable
	}
	if p := d.PaymentOutput; p != nil {
		if m := p.AmountOfMoney; m != nil && m.Amount != nil {
			r.Amount, r.Currency = *m.Amount, spec.Currency(m.CurrencyCode)
		}
		if p.References != nil {
			r.MerchantReference = p.References.MerchantReference
		}
		for _, m := range [...]*methodOutput{p.Card, p.Mobile, p.Redirect, p.SEPA} {
			if m != nil {
				r.Methods++
				r.Product = m.PaymentProductID
			}
		}
		r.Surcharge = p.Surcharge != nil && p.Surcharge.Amount != nil && p.Surcharge.Amount.Amount != nil && *p.Surcharge.Amount.Amount != 0
	}
	r.Operations = make([]plan.ReadOperation, len(d.Operations))
	for i, o := range d.Operations {
		r.Operations[i] = readOperation(o)
	}
	return r
}

func readOperation(o operationOutput) plan.ReadOperation {
	r := plan.ReadOperation{ID: o.ID, Method: o.PaymentMethod}
	if o.StatusOutput != nil {
		r.Code, r.Category = o.StatusOutput.StatusCode, o.StatusOutput.StatusCategory
	}
	if o.AmountOfMoney != nil {
		r.Amount, r.Currency = o.AmountOfMoney.Amount, spec.Currency(o.AmountOfMoney.CurrencyCode)
	}
	if o.OperationReferences != nil {
		r.Ref = o.OperationReferences.MerchantReference
	}
	return r
}

// An answer is the 2xx to one of the three calls.
type answer struct {
	capture captureAnswer
	refund  refundAnswer
	cancel  cancelAnswer
}

// into is where the answer to a call is decoded.
func (a *answer) into(op spec.Op) any {
	switch op {
	case spec.Capture:
		return &a.capture
	case spec.Refund:
		return &a.refund
	case spec.Cancel:
	}
	return &a.cancel
}

// operation is what the platform says it made, nil when it does not say: id,
// status and amount belong together. The answer to a cancel shows the payment's
// amount and is only good for its id.
func (a *answer) operation(op spec.Op) *plan.Operation {
	switch op {
	case spec.Capture:
		return made(a.capture.ID, a.capture.Status, a.capture.StatusOutput, a.capture.CaptureOutput)
	case spec.Refund:
		return made(a.refund.ID, a.refund.Status, a.refund.StatusOutput, a.refund.RefundOutput)
	case spec.Cancel:
	}
	if p := a.cancel.Payment; p != nil && p.ID != "" && p.StatusOutput != nil && p.StatusOutput.StatusCode != nil {
		return &plan.Operation{ID: p.ID, Code: *p.StatusOutput.StatusCode}
	}
	return nil
}

func made(id, status string, s *statusOutput, o *operationAnswer) *plan.Operation {
	if id == "" || s == nil || s.StatusCode == nil || o == nil || o.AmountOfMoney == nil || o.AmountOfMoney.Amount == nil {
		return nil
	}
	m := &plan.Operation{ID: id, Code: *s.StatusCode, Amount: *o.AmountOfMoney.Amount, Currency: spec.Currency(o.AmountOfMoney.CurrencyCode)}
	if o.OperationReferences != nil {
		m.Ref = o.OperationReferences.MerchantReference
	}
	m.Rejected = status == "REJECTED" || status == "REJECTED_CAPTURE"
	return m
}

package sdk

import (
	"context"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// Payments creates, reads, captures, refunds and cancels payments. Calls that
// change a payment take the id of the payment, never that of one of its captures or
// refunds, and should carry an idempotence key.
type Payments struct{ merchant *MerchantClient }

// CreatePayment makes a payment. A payment that is refused at once is a
// [*DeclinedPaymentError], or an answer with the status REJECTED.
func (p *Payments) CreatePayment(ctx context.Context, req *model.CreatePaymentRequest, opts ...CallOption) (*model.CreatePaymentResponse, error) {
	return call[model.CreatePaymentResponse](ctx, p.merchant, opCreatePayment, req, opts)
}

// GetPayment returns the state of a payment as a whole. An unknown id is a
// [*ReferenceError].
func (p *Payments) GetPayment(ctx context.Context, paymentID string, opts ...CallOption) (*model.PaymentResponse, error) {
	return call[model.PaymentResponse](ctx, p.merchant, opGetPayment, noBody, opts, paymentID)
}

// GetPaymentDetails returns a payment with every capture, refund and cancel made on
// it. An unknown id is a [*ReferenceError].
func (p *Payments) GetPaymentDetails(ctx context.Context, paymentID string, opts ...CallOption) (*model.PaymentDetailsResponse, error) {
	return call[model.PaymentDetailsResponse](ctx, p.merchant, opGetPaymentDetails, noBody, opts, paymentID)
}

// CapturePayment asks for money that was authorised. Without an amount, or without a
// request, it takes all that is left and is final. The answer says that the capture
// was accepted, not that it is done.
func (p *Payments) CapturePayment(ctx context.Context, paymentID string, req *model.CapturePaymentRequest, opts ...CallOption) (*model.CaptureResponse, error) {
	return call[model.CaptureResponse](ctx, p.merchant, opCapturePayment, orEmpty(req), opts, paymentID)
}

// RefundPayment gives captured money back. The answer says that the refund was
// accepted, not that it is done. One that is refused at once may be a
// [*DeclinedRefundError].
func (p *Payments) RefundPayment(ctx context.Context, paymentID string, req *model.RefundRequest, opts ...CallOption) (*model.RefundResponse, error) {
	return call[model.RefundResponse](ctx, p.merchant, opRefundPayment, orEmpty(req), opts, paymentID)
}

// CancelPayment gives up money that was authorised and not captured: an amount, or
// without a request all of it.
func (p *Payments) CancelPayment(ctx context.Context, paymentID string, req *model.CancelPaymentRequest, opts ...CallOption) (*model.CancelPaymentResponse, error) {
	return call[model.CancelPaymentResponse](ctx, p.merchant, opCancelPayment, req, opts, paymentID)
}

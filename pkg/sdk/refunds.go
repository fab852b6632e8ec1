package sdk

import (
	"context"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// Refunds lists the refunds of a payment.
type Refunds struct{ merchant *MerchantClient }

// GetRefunds returns every refund of a payment, none when there is none. An unknown
// id is a [*ReferenceError].
func (r *Refunds) GetRefunds(ctx context.Context, paymentID string, opts ...CallOption) (*model.RefundsResponse, error) {
	return call[model.RefundsResponse](ctx, r.merchant, opGetRefunds, noBody, opts, paymentID)
}

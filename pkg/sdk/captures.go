package sdk

import (
	"context"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// Captures lists the captures of a payment.
type Captures struct{ merchant *MerchantClient }

// GetCaptures returns every capture of a payment, none when there is none. An
// unknown id is a [*ReferenceError].
func (c *Captures) GetCaptures(ctx context.Context, paymentID string, opts ...CallOption) (*model.CapturesResponse, error) {
	return call[model.CapturesResponse](ctx, c.merchant, opGetCaptures, noBody, opts, paymentID)
}

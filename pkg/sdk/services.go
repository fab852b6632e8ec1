package sdk

import (
	"context"

	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// Services holds the calls that belong to no payment.
type Services struct{ merchant *MerchantClient }

// TestConnection tries endpoint, key and merchant, and changes nothing. Credentials
// that do not fit are an error for which [IsAuthorization] is true.
func (s *Services) TestConnection(ctx context.Context, opts ...CallOption) (*model.TestConnection, error) {
	return call[model.TestConnection](ctx, s.merchant, opTestConnection, noBody, opts)
}

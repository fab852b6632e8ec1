package journal

import (
	"context"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// Accepted returns the intents of this environment and merchant that the
// platform took and has not settled as far as the journal knows, oldest first:
// at most limit of those with numbers above after.
func (j *Journal) Accepted(ctx context.Context, after int64, limit int) ([]plan.Intent, error) {
	intents, err := j.page(ctx, Filter{State: plan.StateAccepted}, after, limit)
	if err != nil {
		return nil, j.readError(err)
	}
	return intents, nil
}

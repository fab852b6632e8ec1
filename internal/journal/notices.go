package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A Notice is an event of the platform as it is recorded.
type Notice struct {
	Seq         int64
	ReceivedAt  time.Time
	EventID     string
	Type        string
	OperationID string
	Code        int        // -1 when there is none
	State       plan.State // that it led to; "" when it was evidence only
	Message     string
}

// Notices returns the events that are recorded about the intent with the number
// seq of this environment and merchant, oldest first.
func (j *Journal) Notices(ctx context.Context, seq int64) ([]Notice, error) {
	if has, err := j.store.events(ctx); err != nil || !has {
		if err != nil {
			err = j.readError(err)
		}
		return nil, err
	}
	rows, err := j.reads.QueryContext(ctx, `SELECT e.seq, e.received_at, e.event_id, e.type, e.operation, e.code, e.effect, e.message
		FROM events e JOIN runs r ON r.run = e.run
		WHERE e.intent = $1 AND r.environment = $2 AND r.merchant = $3 ORDER BY e.seq`, seq, j.cfg.Environment, j.cfg.Merchant)
	if err != nil {
		return nil, j.readError(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	var all []Notice
	for rows.Next() {
		var n Notice
		var at int64
		if err := rows.Scan(&n.Seq, &at, &n.EventID, &n.Type, &n.OperationID, &n.Code, &n.State, &n.Message); err != nil {
			return nil, j.readError(err)
		}
		if n.ReceivedAt = fromNanos(at); n.State == evidenceOnly {
			n.State = ""
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		return nil, j.readError(fmt.Errorf("events of intent %d: %w", seq, err))
	}
	return all, nil
}

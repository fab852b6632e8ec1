package journal

import (
	"context"
	"maps"
	"time"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// headSQL finds the number and the time of the newest record. Records are
// written within moments of their times, not in their order; so the newest
// time is looked for among the last thousand of the long tables.
const headSQL = `SELECT
	max((SELECT coalesce(max(seq), 0) FROM intents),
	    (SELECT coalesce(max(seq), 0) FROM outcomes),
	    (SELECT coalesce(max(seq), 0) FROM plans),
	    (SELECT coalesce(max(seq), 0) FROM finishes),
	    (SELECT coalesce(max(seq), 0) FROM echoes)),
	max((SELECT coalesce(max(at), 0) FROM (SELECT at FROM intents ORDER BY seq DESC LIMIT 1000)),
	    (SELECT coalesce(max(at), 0) FROM (SELECT at FROM outcomes ORDER BY seq DESC LIMIT 1000)),
	    (SELECT coalesce(max(accepted_at), 0) FROM plans),
	    (SELECT coalesce(max(at), 0) FROM finishes),
	    (SELECT coalesce(max(at), 0) FROM echoes)),
	NOT EXISTS (SELECT 1 FROM runs WHERE environment = ?1 AND merchant = ?2)`

// load reads the durable state that is kept in memory.
func (j *Journal) load(ctx context.Context) (*head, error) {
	h := &head{echoed: map[spec.Op]bool{}}
	var newest int64
	err := j.reads.QueryRowContext(ctx, headSQL, j.cfg.Environment, j.cfg.Merchant).
		Scan(&h.seq, &newest, &h.fresh)
	if err != nil {
		return nil, err
	}
	h.newest = fromNanos(newest)
	rows, err := j.reads.QueryContext(ctx,
		`SELECT DISTINCT e.op FROM echoes e JOIN runs r ON r.run = e.run
		WHERE r.environment = ? AND r.merchant = ?`, j.cfg.Environment, j.cfg.Merchant)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	for rows.Next() {
		var op spec.Op
		if err := rows.Scan(&op); err != nil {
			return nil, err
		}
		h.echoed[op] = true
	}
	return h, rows.Err()
}

// after returns the head after records up to seq were added.
func (h *head) after(seq int64, newest time.Time, echoed []spec.Op) *head {
	next := &head{seq: seq, newest: newest, echoed: h.echoed}
	if len(echoed) > 0 {
		next.echoed = maps.Clone(h.echoed)
		for _, op := range echoed {
			next.echoed[op] = true
		}
	}
	return next
}

// nanos is t as it is stored: nanoseconds since 1970, or 0 for the zero time.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// fromNanos is the inverse of nanos, in UTC.
func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

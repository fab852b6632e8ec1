package journal

import (
	"context"
	"maps"
	"time"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// load reads the durable state that is kept in memory.
func (j *Journal) load(ctx context.Context) error {
	h := &head{echoed: map[spec.Op]bool{}}
	var err error
	if h.seq, h.newest, err = j.store.position(ctx); err != nil {
		return err
	}
	err = j.reads.QueryRowContext(ctx,
		`SELECT NOT EXISTS (SELECT 1 FROM runs WHERE environment = $1 AND merchant = $2)`,
		j.cfg.Environment, j.cfg.Merchant).Scan(&h.fresh)
	if err != nil {
		return err
	}
	rows, err := j.reads.QueryContext(ctx,
		`SELECT DISTINCT e.op FROM echoes e JOIN runs r ON r.run = e.run
		WHERE r.environment = $1 AND r.merchant = $2`, j.cfg.Environment, j.cfg.Merchant)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	for rows.Next() {
		var op spec.Op
		if err := rows.Scan(&op); err != nil {
			return err
		}
		h.echoed[op] = true
	}
	j.head.Store(h)
	return rows.Err()
}

// advance notes that there are records up to seq, the newest of that time.
// Those of this process have this environment's and merchant's echoes with
// them; of others only the numbers are known.
func (j *Journal) advance(seq int64, newest time.Time, own bool, echoed ...spec.Op) {
	for {
		h := j.head.Load()
		next := &head{seq: max(h.seq, seq), newest: h.newest, fresh: h.fresh && !own, echoed: h.echoed}
		if newest.After(next.newest) {
			next.newest = newest
		}
		if len(echoed) > 0 {
			next.echoed = maps.Clone(h.echoed)
			for _, op := range echoed {
				next.echoed[op] = true
			}
		}
		if j.head.CompareAndSwap(h, next) {
			return
		}
	}
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

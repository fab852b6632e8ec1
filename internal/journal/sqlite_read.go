package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// sqliteKnown names no order: SQLite joins by nested loops, in the order of
// the rows' numbers, and sorting would cost more than all else. fold checks it.
const sqliteKnown = `SELECT ` + columns + `
FROM json_each(?1) p
CROSS JOIN intents i ON i.payment = p.value
JOIN runs r ON r.run = i.run AND r.environment = ?2 AND r.merchant = ?3
LEFT JOIN outcomes o ON o.intent = i.seq`

func (s *sqliteStore) known(ctx context.Context, bases []string) (*sql.Rows, error) {
	list, err := json.Marshal(bases)
	if err != nil {
		return nil, err
	}
	// Not interruptible: that would cost a goroutine, and it takes a moment.
	return s.stmt.QueryContext(context.WithoutCancel(ctx), string(list), s.cfg.Environment, s.cfg.Merchant)
}

// sqlitePosition finds the number and the time of the newest record. Records
// are written within moments of their times, not in their order; so the newest
// time is looked for among the last thousand of the long tables. An approval's
// is not looked at: it is by another clock. The numbers of approvals and events
// go where the first %s is, and the events' times where the second one is.
const sqlitePosition = `SELECT
	max((SELECT coalesce(max(seq), 0) FROM intents),
	    (SELECT coalesce(max(seq), 0) FROM outcomes),
	    (SELECT coalesce(max(seq), 0) FROM plans),
	    (SELECT coalesce(max(seq), 0) FROM finishes),
	    (SELECT coalesce(max(seq), 0) FROM echoes)%s),
	max((SELECT coalesce(max(at), 0) FROM (SELECT at FROM intents ORDER BY seq DESC LIMIT 1000)),
	    (SELECT coalesce(max(at), 0) FROM (SELECT at FROM outcomes ORDER BY seq DESC LIMIT 1000)),
	    (SELECT coalesce(max(accepted_at), 0) FROM plans),
	    (SELECT coalesce(max(at), 0) FROM finishes),
	    (SELECT coalesce(max(at), 0) FROM echoes)%s)`

func (s *sqliteStore) position(ctx context.Context) (seq int64, newest time.Time, err error) {
	approved := ""
	switch has, err := s.approvals(ctx); {
	case err != nil:
		return 0, time.Time{}, err
	case has:
		approved = `, (SELECT coalesce(max(seq), 0) FROM approvals)`
	}
	received := ""
	switch has, err := s.events(ctx); {
	case err != nil:
		return 0, time.Time{}, err
	case has:
		approved += `, (SELECT coalesce(max(seq), 0) FROM events)`
		received = `, (SELECT coalesce(max(received_at), 0) FROM (SELECT received_at FROM events ORDER BY seq DESC LIMIT 1000))`
	}
	var at int64
	err = s.db.QueryRowContext(ctx, fmt.Sprintf(sqlitePosition, approved, received)).Scan(&seq, &at)
	return seq, fromNanos(at), err
}

// integrity asks SQLite about the file. What it finds need not be the end of
// the check: the other faults tell which records are hit.
func (s *sqliteStore) integrity(ctx context.Context, c *checker) error {
	return c.each(ctx, `PRAGMA integrity_check(100)`, func(rows *sql.Rows) error {
		var line string
		if err := rows.Scan(&line); err != nil || line == "ok" {
			return err
		}
		return c.fault(0, "the file is damaged: %s", line)
	})
}

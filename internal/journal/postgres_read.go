package journal

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// postgresKnown names the order, unlike SQLite's: the server joins as it likes.
const postgresKnown = `SELECT ` + columns + `
FROM intents i
JOIN runs r ON r.run = i.run AND r.environment = $2 AND r.merchant = $3
LEFT JOIN outcomes o ON o.intent = i.seq
WHERE i.payment = ANY($1::text[]) ORDER BY i.seq, o.seq`

func (s *postgresStore) known(ctx context.Context, bases []string) (*sql.Rows, error) {
	return s.db.QueryContext(ctx, postgresKnown, bases, s.cfg.Environment, s.cfg.Merchant)
}

func (s *postgresStore) position(ctx context.Context) (seq int64, newest time.Time, err error) {
	var at int64
	err = s.db.QueryRowContext(ctx, `SELECT seq, newest FROM head`).Scan(&seq, &at)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoHead
	}
	return seq, fromNanos(at), err
}

// integrity compares what the head says with the records that there are: of
// those that are missing at the end, no gap tells. Damaged pages show as
// errors when the rest of the check reads them.
func (s *postgresStore) integrity(ctx context.Context, c *checker) error {
	seq, _, err := s.position(ctx)
	if err != nil {
		return err
	}
	records, err := c.records(ctx)
	if err != nil {
		return err
	}
	var last int64
	err = s.db.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM (`+records+`) x`).Scan(&last)
	if err != nil || seq <= last {
		return err
	}
	return c.fault(seq, "the newest record is %d, and there was a record %d", last, seq)
}

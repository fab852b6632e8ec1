package journal

import (
	"context"
	"database/sql"

	"github.com/payreconcile/payreconcile/internal/audit"
)

// audit holds the records of every log against the hashes and heads that were
// stored of it. A record whose plan cannot be read was reported as such.
func (c *checker) audit(ctx context.Context) error {
	if has, err := c.j.store.audit(ctx); err != nil || !has {
		return err
	}
	var logs []audit.Log
	err := c.each(ctx, `SELECT environment, merchant FROM audit_hashes UNION SELECT environment, merchant FROM audit_heads ORDER BY 1, 2`,
		func(rows *sql.Rows) error {
			l := audit.Log{Journal: c.j.id}
			err := rows.Scan(&l.Environment, &l.Merchant)
			logs = append(logs, l)
			return err
		})
	if err != nil {
		return err
	}
	for _, l := range logs {
		if err := c.auditOf(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) auditOf(ctx context.Context, l audit.Log) error {
	s, err := c.j.auditSource(ctx, l.Environment, l.Merchant)
	if err != nil {
		return err
	}
	r, err := audit.Verify(s)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && len(c.report.Faults) > 0:
		return nil // of which this is a consequence
	case err != nil:
		return err
	}
	for _, f := range r.Faults {
		if err := c.fault(f.Seq, "the audit log of %s, %s: %s", l.Environment, l.Merchant, f.What); err != nil {
			return err
		}
	}
	return nil
}

package journal

import (
	"context"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// approvals inserts those of the plan that is record n, right behind it. Their
// times are by other clocks than this process's: a record's time is the plan's.
func (w *writer) approvals(n int64, p apply.PlanRecord) error {
	for _, a := range p.Approvals {
		err := w.event(p.AcceptedAt,
			`INSERT INTO approvals (seq, run, plan, at, "by", how, statement) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			n, nanos(a.At), a.By, a.How, a.Statement)
		if err != nil {
			return err
		}
	}
	return nil
}

// approve adds to plans, in the order of their records, the approvals that were
// given to them. Plans of an earlier version have none.
func (j *Journal) approve(ctx context.Context, plans []apply.PlanRecord, seqs []int64) error {
	if len(plans) == 0 {
		return nil
	}
	if has, err := j.store.approvals(ctx); err != nil || !has {
		return err
	}
	at := make(map[int64]*apply.PlanRecord, len(plans))
	for i, seq := range seqs {
		at[seq] = &plans[i]
	}
	rows, err := j.reads.QueryContext(ctx,
		`SELECT plan, at, "by", how, statement FROM approvals WHERE plan BETWEEN $1 AND $2 ORDER BY seq`,
		seqs[0], seqs[len(seqs)-1])
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	for rows.Next() {
		var n, when int64
		var a apply.Approval
		if err := rows.Scan(&n, &when, &a.By, &a.How, &a.Statement); err != nil {
			return err
		}
		if p := at[n]; p != nil { // else it is of another environment or merchant
			a.At = fromNanos(when)
			p.Approvals = append(p.Approvals, a)
		}
	}
	return rows.Err()
}

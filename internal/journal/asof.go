package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A Record is an intent with the number of the record that says where it
// stands.
type Record struct {
	plan.Intent
	Outcome int64 // 0 while nothing is recorded of it but the intent
}

// A Run is a plan that was accepted, with the numbers of the records about it.
type Run struct {
	apply.PlanRecord
	Seq    int64  // of the record that holds the plan
	Finish int64  // of the one that last said how it ended; 0 while it is unfinished
	Actor  string // who ran the process that accepted it
}

// RecordsAt is Known as of the record numbered upTo: what was recorded later is
// left out, so that the same number gives the same answer for ever.
func (j *Journal) RecordsAt(ctx context.Context, upTo int64, bases []string) (map[string][]Record, error) {
	known := map[string][]Record{}
	if len(bases) == 0 || j.head.Load().fresh {
		return known, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rows, err := j.store.known(ctx, sorted(bases))
	if err != nil {
		return nil, j.readError(err)
	}
	err = foldAt(rows, upTo, func(r Record) bool {
		known[r.Payment] = append(known[r.Payment], r)
		return true
	})
	if err != nil {
		return nil, j.readError(err)
	}
	return known, nil
}

// runsSQL reads plans with the end that they had as of a record.
const runsSQL = `SELECT p.seq, p.plan_id, p.content_id, p.accepted_at, p.expires, p.payments, p.calls, r.actor,
	coalesce(f.seq, 0), coalesce(f.at, 0), coalesce(f.result, '')
FROM plans p JOIN runs r ON r.run = p.run
LEFT JOIN finishes f ON f.seq = (SELECT max(seq) FROM finishes WHERE plan = p.seq AND seq <= $3)
WHERE r.environment = $1 AND r.merchant = $2 AND p.seq <= $3 AND p.seq > $4 ORDER BY p.seq LIMIT $5`

// RunsAt is Plans as of the record numbered upTo. It reads in pages. An error
// ends the list.
func (j *Journal) RunsAt(ctx context.Context, upTo int64) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		for last := int64(0); ; {
			runs, err := j.runs(ctx, upTo, last)
			if err != nil {
				yield(Run{}, j.readError(err))
				return
			}
			for _, r := range runs {
				if !yield(r, nil) {
					return
				}
				last = r.Seq
			}
			if len(runs) < planPage {
				return
			}
		}
	}
}

// runs reads a page of plans behind the record numbered last.
func (j *Journal) runs(ctx context.Context, upTo, last int64) ([]Run, error) {
	rows, err := j.reads.QueryContext(ctx, runsSQL, j.cfg.Environment, j.cfg.Merchant, upTo, last, planPage)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	var runs []Run
	var plans []apply.PlanRecord
	var seqs []int64
	for rows.Next() {
		var r Run
		var accepted, expires, finished int64
		err := rows.Scan(&r.Seq, &r.PlanID, &r.ContentID, &accepted, &expires, &r.Payments, &r.Calls, &r.Actor, &r.Finish, &finished, &r.Result)
		if err != nil {
			return nil, err
		}
		r.AcceptedAt, r.Expires, r.FinishedAt = fromNanos(accepted), fromNanos(expires), fromNanos(finished)
		runs, plans, seqs = append(runs, r), append(plans, r.PlanRecord), append(seqs, r.Seq)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	if err := j.approve(ctx, plans, seqs); err != nil {
		return nil, err
	}
	for i := range runs {
		runs[i].Approvals = plans[i].Approvals
	}
	return runs, nil
}

// CallsAt counts the intents of every plan, as of the record numbered upTo.
func (j *Journal) CallsAt(ctx context.Context, upTo int64) (map[string]int64, error) {
	rows, err := j.reads.QueryContext(ctx, `SELECT i.plan_id, count(*) FROM intents i JOIN runs r ON r.run = i.run
		WHERE r.environment = $1 AND r.merchant = $2 AND i.seq <= $3 GROUP BY i.plan_id`, j.cfg.Environment, j.cfg.Merchant, upTo)
	if err != nil {
		return nil, j.readError(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	calls := map[string]int64{}
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, j.readError(err)
		}
		calls[id] = n
	}
	if err := rows.Err(); err != nil {
		return nil, j.readError(err)
	}
	return calls, nil
}

// PlanOf returns the id of the plan that a record is of: one that holds it,
// tells its end, or an approval of it. Other records are apply.ErrNoPlan.
func (j *Journal) PlanOf(ctx context.Context, seq int64) (id string, err error) {
	of := `p.seq = $3 OR p.seq = (SELECT plan FROM finishes WHERE seq = $3)`
	has, err := j.store.approvals(ctx)
	if err != nil {
		return "", j.readError(err)
	}
	if has {
		of += ` OR p.seq = (SELECT plan FROM approvals WHERE seq = $3)`
	}
	err = j.reads.QueryRowContext(ctx, `SELECT p.plan_id FROM plans p JOIN runs r ON r.run = p.run
		WHERE r.environment = $1 AND r.merchant = $2 AND (`+of+`)`, j.cfg.Environment, j.cfg.Merchant, seq).Scan(&id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", fmt.Errorf("read journal %s: record %d: %w", j.path, seq, apply.ErrNoPlan)
	case err != nil:
		return "", j.readError(err)
	}
	return id, nil
}

// CallOf returns the number of the intent that an event of the platform is
// about, by the number of the event's record; 0 when there is none.
func (j *Journal) CallOf(ctx context.Context, seq int64) (intent int64, err error) {
	has, err := j.store.events(ctx)
	if err == nil && has {
		err = j.reads.QueryRowContext(ctx, `SELECT e.intent FROM events e JOIN runs r ON r.run = e.run
			WHERE r.environment = $1 AND r.merchant = $2 AND e.seq = $3`, j.cfg.Environment, j.cfg.Merchant, seq).Scan(&intent)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, j.readError(err)
	}
	return intent, nil
}

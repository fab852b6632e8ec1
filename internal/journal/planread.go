package journal

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// planRecordSQL reads plans p with what was last said of their end.
const planRecordSQL = `SELECT p.seq, p.plan_id, p.content_id, p.accepted_at, p.expires, p.payments, p.calls,
	coalesce(f.at, 0), coalesce(f.result, '')
FROM plans p JOIN runs r ON r.run = p.run
LEFT JOIN finishes f ON f.seq = (SELECT max(seq) FROM finishes WHERE plan = p.seq)
`

// planSQL reads those of an environment and a merchant.
const planSQL = planRecordSQL + `WHERE r.environment = $1 AND r.merchant = $2 `

// Unfinished returns the newest plan of this environment and merchant that was
// begun and not finished; apply.ErrNoPlan when there is none.
func (j *Journal) Unfinished(ctx context.Context) (apply.PlanRecord, error) {
	return j.onePlan(ctx, planSQL+`AND f.seq IS NULL ORDER BY p.seq DESC LIMIT 1`, j.cfg.Environment, j.cfg.Merchant)
}

// Plan returns the record of a plan that was accepted; apply.ErrNoPlan.
func (j *Journal) Plan(ctx context.Context, planID string) (apply.PlanRecord, error) {
	return j.onePlan(ctx, planSQL+`AND p.plan_id = $3`, j.cfg.Environment, j.cfg.Merchant, planID)
}

// onePlan returns the first plan of a query.
func (j *Journal) onePlan(ctx context.Context, query string, args ...any) (apply.PlanRecord, error) {
	plans, _, err := j.plans(ctx, query, args...)
	if err != nil {
		return apply.PlanRecord{}, err
	}
	if len(plans) == 0 {
		return apply.PlanRecord{}, fmt.Errorf("read journal %s: %w", j.path, apply.ErrNoPlan)
	}
	return plans[0], nil
}

// planPage is how many plans Plans reads at a time: their approvals may be long.
const planPage = 16

// Plans yields the plans that were accepted for this environment and merchant,
// oldest first. It reads in pages, as List does. An error ends the list.
func (j *Journal) Plans(ctx context.Context) iter.Seq2[apply.PlanRecord, error] {
	return func(yield func(apply.PlanRecord, error) bool) {
		for last := int64(0); ; {
			plans, seqs, err := j.plans(ctx, planSQL+`AND p.seq > $3 ORDER BY p.seq LIMIT $4`,
				j.cfg.Environment, j.cfg.Merchant, last, planPage)
			if err != nil {
				yield(apply.PlanRecord{}, err)
				return
			}
			for _, p := range plans {
				if !yield(p, nil) {
					return
				}
			}
			if len(plans) < planPage {
				return
			}
			last = seqs[len(seqs)-1]
		}
	}
}

// plans runs a query that begins with planRecordSQL and orders by p.seq, if it
// can find more than one. It returns the plans with the numbers of their records.
func (j *Journal) plans(ctx context.Context, query string, args ...any) (plans []apply.PlanRecord, seqs []int64, err error) {
	rows, err := j.reads.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, nil, j.readError(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	for rows.Next() {
		var p apply.PlanRecord
		var seq, accepted, expires, finished int64
		err := rows.Scan(&seq, &p.PlanID, &p.ContentID, &accepted, &expires, &p.Payments, &p.Calls, &finished, &p.Result)
		if err != nil {
			return nil, nil, j.readError(err)
		}
		p.AcceptedAt, p.Expires, p.FinishedAt = fromNanos(accepted), fromNanos(expires), fromNanos(finished)
		plans, seqs = append(plans, p), append(seqs, seq)
	}
	err = errors.Join(rows.Err(), rows.Close())
	if err == nil {
		err = j.approve(ctx, plans, seqs)
	}
	if err != nil {
		return nil, nil, j.readError(err)
	}
	return plans, seqs, nil
}

// ReadPlan streams the bytes of a stored plan of this environment and
// merchant; apply.ErrNoPlan. It reads piece by piece under ctx and holds up no
// writer. The reader is for one goroutine.
func (j *Journal) ReadPlan(ctx context.Context, planID string) (io.ReadCloser, error) {
	r := &planReader{ctx: ctx, j: j}
	err := j.reads.QueryRowContext(ctx,
		`SELECT p.seq, p.chunks FROM plans p JOIN runs r ON r.run = p.run
		WHERE p.plan_id = $1 AND r.environment = $2 AND r.merchant = $3`,
		planID, j.cfg.Environment, j.cfg.Merchant).Scan(&r.plan, &r.chunks)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("read plan %s from journal %s: %w", planID, j.path, apply.ErrNoPlan)
	case err != nil:
		return nil, j.readError(err)
	}
	return r, nil
}

// A planReader reads the chunks of a plan one after the other. The context is
// that of the one call whose result it is.
type planReader struct {
	ctx          context.Context
	j            *Journal
	plan         int64
	next, chunks int64
	rest         []byte // of the chunk before next
}

func (r *planReader) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.next == r.chunks {
			return 0, io.EOF
		}
		if err := r.load(); err != nil {
			return 0, fmt.Errorf("read journal %s: piece %d of %d of the plan in record %d: %w",
				r.j.path, r.next+1, r.chunks, r.plan, r.j.store.explain(err))
		}
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// load reads the next chunk.
func (r *planReader) load() error {
	var size int64
	var packed []byte
	err := r.j.reads.QueryRowContext(r.ctx,
		`SELECT size, bytes FROM plan_chunks WHERE plan = $1 AND n = $2`, r.plan, r.next).Scan(&size, &packed)
	if err != nil {
		return err
	}
	if size < 1 || size > chunkSize {
		return fmt.Errorf("its size of %d cannot be", size)
	}
	piece := make([]byte, size)
	inflate := flate.NewReader(bytes.NewReader(packed))
	if _, err := io.ReadFull(inflate, piece); err != nil {
		return err
	}
	r.rest = piece
	r.next++
	return nil
}

// Close ends the reading; there is nothing to release.
func (r *planReader) Close() error {
	r.next, r.rest = r.chunks, nil
	return nil
}

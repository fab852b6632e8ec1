package journal

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// chunkSize is how many bytes of a plan are deflated and stored at a time.
const chunkSize = 256 << 10

// Accept stores a whole plan with its approvals, durably, and marks it as
// begun: it reads r to its end, and only then asks begin which plan that was. In the same step it
// marks the plans that were begun before and not finished as superseded. A
// plan id that was accepted before is refused with apply.ErrPlanUsed. An error
// of r or begin is returned as it is. After an error nothing is stored.
//
// Accept has the journal to itself: nothing else is recorded until it returns,
// so r and begin must not record anything. A panic of theirs is the caller's.
func (j *Journal) Accept(ctx context.Context, r io.Reader, begin func() (apply.PlanRecord, error)) error {
	return j.alone(ctx, func() (refusal, failure error) { return j.w.accept(ctx, r, begin) })
}

// Finish marks a plan as finished; a later call replaces what an earlier one
// said. A plan that is not in the journal is apply.ErrNoPlan.
func (j *Journal) Finish(ctx context.Context, planID, result string, at time.Time) error {
	if at.IsZero() {
		at = j.cfg.Now()
	}
	return j.alone(ctx, func() (refusal, failure error) {
		var n int64
		err := j.w.row([]any{&n},
			`SELECT p.seq FROM plans p JOIN runs r ON r.run = p.run
			WHERE p.plan_id = $1 AND r.environment = $2 AND r.merchant = $3`,
			planID, j.cfg.Environment, j.cfg.Merchant)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("finish plan %s: %w", planID, apply.ErrNoPlan), nil
		case err != nil:
			return nil, err
		}
		return nil, j.w.finish(n, result, at)
	})
}

// alone runs f in a transaction of its own, between the groups. It waits for
// the end of it whatever ctx says.
func (j *Journal) alone(ctx context.Context, f func() (refusal, failure error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{alone: f, what: "plan", done: make(chan struct{})}
	if err := j.put(r); err != nil {
		return fmt.Errorf("record plan: %w", err)
	}
	<-r.done
	var p *panicked
	if errors.As(r.err, &p) {
		panic(p.value)
	}
	return r.err
}

// panicked carries a panic of a caller's function from the writer's goroutine,
// where nobody could catch it, to the caller's.
type panicked struct{ value any }

func (p *panicked) Error() string { return fmt.Sprint("panic: ", p.value) }

// catch runs f and makes its panic a refusal, so that the transaction is undone.
func catch(f func() (refusal, failure error)) (refusal, failure error) {
	defer func() {
		if v := recover(); v != nil {
			refusal, failure = &panicked{v}, nil
		}
	}()
	return f()
}

// recordAlone runs a request that wants a transaction of its own. A refusal
// undoes it and concerns the request; a failure stops the writer.
func (w *writer) recordAlone(r *request) error {
	kept, err := w.transaction(func() (*batch, error) {
		if w.stale != nil {
			r.err = fmt.Errorf("record %s: %w", r.what, w.stale)
			return nil, errUndo
		}
		if err := w.begin(); err != nil {
			return nil, err
		}
		refusal, failure := catch(r.alone)
		if refusal != nil {
			r.err = refusal
			return nil, errUndo
		}
		return &batch{}, failure
	})
	if err != nil {
		return err
	}
	w.publish(kept, nil)
	return nil
}

// event inserts a record of its own number: the number, the run and then args.
func (w *writer) event(at time.Time, insert string, args ...any) error {
	w.seq++
	w.states = append(w.states, 0)
	w.saw(at)
	return w.exec(insert, append([]any{w.seq, w.run}, args...)...)
}

// finish inserts the end of the plan that is record n.
func (w *writer) finish(n int64, result string, at time.Time) error {
	return w.event(at, `INSERT INTO finishes (seq, run, plan, at, result) VALUES ($1, $2, $3, $4, $5)`,
		n, nanos(at), clean(result))
}

// accept does what Accept says, inside a transaction.
func (w *writer) accept(ctx context.Context, r io.Reader, begin func() (apply.PlanRecord, error)) (refusal, failure error) {
	n, refusal, failure := w.store(ctx, r)
	if refusal != nil || failure != nil {
		return refusal, failure
	}
	p, err := begin()
	switch {
	case err != nil:
		return err, nil
	case p.PlanID == "":
		return errors.New("record plan: it has no id"), nil
	case p.PlanID != clean(p.PlanID), p.ContentID != clean(p.ContentID):
		return errors.New("record plan: its id is no text"), nil
	}
	if err := apply.CheckApprovals(p.Approvals); err != nil {
		return fmt.Errorf("record plan: %w", err), nil
	}
	if p.AcceptedAt.IsZero() {
		p.AcceptedAt = w.j.cfg.Now()
	}
	var at int64
	err = w.row([]any{&at}, `SELECT accepted_at FROM plans WHERE plan_id = $1`, p.PlanID)
	switch {
	case err == nil:
		return fmt.Errorf("accept plan %s: %w, on %s", p.PlanID, apply.ErrPlanUsed, fromNanos(at).Format(time.RFC3339)), nil
	case !errors.Is(err, sql.ErrNoRows):
		return nil, err
	}
	old, err := w.unfinished()
	if err != nil {
		return nil, err
	}
	err = w.event(p.AcceptedAt,
		`INSERT INTO plans (seq, run, plan_id, content_id, accepted_at, expires, payments, calls, chunks)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.PlanID, p.ContentID, nanos(p.AcceptedAt), nanos(p.Expires), p.Payments, p.Calls, n)
	if err == nil {
		err = w.approvals(w.seq, p)
	}
	for _, seq := range old {
		if err == nil {
			err = w.finish(seq, apply.SupersededBy(p.PlanID), p.AcceptedAt)
		}
	}
	return nil, err
}

// unfinished returns the plans of this environment and merchant that were
// begun and not finished, oldest first. There is one at most, unless a version
// wrote the journal that left more.
func (w *writer) unfinished() (seqs []int64, err error) {
	conn, limit := w.s.conn()
	ctx, cancel := bounded(limit)
	defer cancel()
	rows, err := conn.QueryContext(ctx,
		`SELECT p.seq FROM plans p JOIN runs r ON r.run = p.run
		WHERE r.environment = $1 AND r.merchant = $2 AND NOT EXISTS (SELECT 1 FROM finishes WHERE plan = p.seq)
		ORDER BY p.seq`, w.j.cfg.Environment, w.j.cfg.Merchant)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		seqs = append(seqs, seq)
	}
	return seqs, rows.Err()
}

// store writes the bytes of r under the number that the plan will have, and
// returns the number of chunks.
func (w *writer) store(ctx context.Context, r io.Reader) (n int, refusal, failure error) {
	piece := make([]byte, chunkSize)
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return 0, nil, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return 0, err, nil
		}
		size, end := fill(r, piece)
		if end != nil && !errors.Is(end, io.EOF) {
			return 0, end, nil
		}
		if size > 0 {
			packed.Reset()
			deflate.Reset(&packed)
			_, err := deflate.Write(piece[:size])
			if err := errors.Join(err, deflate.Close()); err != nil {
				return 0, nil, err
			}
			err = w.exec(`INSERT INTO plan_chunks (plan, n, size, bytes) VALUES ($1, $2, $3, $4)`,
				w.seq+1, n, size, packed.Bytes())
			if err != nil {
				return 0, nil, err
			}
			n++
		}
		if end != nil {
			return n, nil, nil
		}
	}
}

// fill reads until b is full or r ends, and returns r's error as it is.
// io.ReadFull would turn an end into the error that a broken reader returns.
func fill(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	return n, err
}

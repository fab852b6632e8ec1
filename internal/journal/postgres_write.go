package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A postgresSession is the one connection that writes to a server.
type postgresSession struct {
	s  *postgresStore
	db *sql.DB
	c  *sql.Conn
	// starts begins a transaction, in one message to the server.
	starts string
}

// durably has a transaction written to disk before it is acknowledged, where
// the server is set to do that later; a stricter setting stays.
const durably = `SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`

func (s *postgresStore) session(ctx context.Context) (session, error) {
	w := &postgresSession{s: s, db: s.pool(1)}
	// A transaction that a dead machine left open would hold up whoever takes
	// over; by then the server has ended it.
	idle := max(s.cfg.Lease+s.cfg.CallTimeout, 3*time.Second)
	w.starts = fmt.Sprintf(`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
		SET LOCAL idle_in_transaction_session_timeout = %d; %s;
		SELECT fence, seq, newest FROM head FOR UPDATE`, idle.Milliseconds(), durably)
	var err error
	if w.c, err = w.db.Conn(ctx); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	return w, nil
}

func (w *postgresSession) process() int64 { return w.s.k.fence }

func (w *postgresSession) conn() (*sql.Conn, time.Duration) { return w.c, w.s.cfg.patience }

// raw runs f on the connection itself.
func (w *postgresSession) raw(f func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := bounded(w.s.cfg.patience)
	defer cancel()
	return w.c.Raw(func(c any) error { return f(ctx, c.(*stdlib.Conn).Conn()) })
}

// begin locks the head, so that others who record wait, and reads it.
func (w *postgresSession) begin(t *turn) error {
	return w.raw(func(ctx context.Context, c *pgx.Conn) error {
		results, err := c.PgConn().Exec(ctx, w.starts).ReadAll()
		if err != nil {
			return err
		}
		rows := results[len(results)-1].Rows
		if len(rows) != 1 {
			return errNoHead
		}
		var row [3]int64
		for i, text := range rows[0] {
			if row[i], err = strconv.ParseInt(string(text), 10, 64); err != nil {
				return err
			}
		}
		t.seq, t.newest, t.shared = row[1], fromNanos(row[2]), true
		if row[0] != w.s.k.fence {
			w.s.k.lost.Store(true)
			t.stale = takenOver{}
		}
		return nil
	})
}

// commit sends everything in one message. When it returns an error after the
// COMMIT was sent, nobody knows whether the records are there.
func (w *postgresSession) commit(b *batch, t *turn) error {
	var q pgx.Batch
	queueIntents(&q, w.process(), b.intents)
	queueOutcomes(&q, w.process(), b.outcomes)
	queueEchoes(&q, w.process(), b.echoes)
	q.Queue(`UPDATE head SET seq = $1, newest = $2`, t.seq, nanos(t.newest))
	q.Queue(`COMMIT`)
	return w.raw(func(ctx context.Context, c *pgx.Conn) error {
		results := c.SendBatch(ctx, &q)
		for range q.Len() - 1 {
			if _, err := results.Exec(); err != nil {
				return errors.Join(err, results.Close())
			}
		}
		tag, err := results.Exec()
		if err == nil && tag.String() != "COMMIT" {
			err = fmt.Errorf("the server answered COMMIT with %s", tag)
		}
		return errors.Join(err, results.Close())
	})
}

func (w *postgresSession) rollback() {
	_ = w.raw(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `ROLLBACK`)
		return err
	})
}

func (w *postgresSession) keys(payments []string, below int64, used map[plan.Key]bool) error {
	ctx, cancel := bounded(w.s.cfg.patience)
	defer cancel()
	rows, err := w.c.QueryContext(ctx, `SELECT i.key FROM intents i WHERE i.payment = ANY($1::text[]) AND i.seq < $2
		AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.intent = i.seq AND o.state = 'withdrawn')`, payments, below)
	if err != nil {
		return err
	}
	return collect(rows, used)
}

func (w *postgresSession) close() error { return errors.Join(w.c.Close(), w.db.Close()) }

// queueIntents has the intents of a group inserted.
func queueIntents(q *pgx.Batch, run int64, rs []*request) {
	if len(rs) == 0 {
		return
	}
	var seq, amount, attempt, at []int64
	var payment, op, ref, currency, key, planID []string
	var final []bool
	for _, r := range rs {
		i := r.intent
		seq, amount, attempt, at = append(seq, r.seq), append(amount, i.Amount), append(attempt, int64(i.Attempt)), append(at, nanos(i.At))
		payment, op, ref = append(payment, i.Payment), append(op, string(i.Op)), append(ref, i.Ref)
		currency, key, planID = append(currency, string(i.Currency)), append(key, string(i.Key)), append(planID, i.PlanID)
		final = append(final, i.Final)
	}
	q.Queue(`INSERT INTO intents (run, seq, payment, op, ref, amount, currency, final, attempt, key, plan_id, at)
		SELECT $1::bigint, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
			$8::boolean[], $9::bigint[], $10::text[], $11::text[], $12::bigint[])`,
		run, seq, payment, op, ref, amount, currency, final, attempt, key, planID, at)
}

// queueOutcomes has the outcomes of a group inserted.
func queueOutcomes(q *pgx.Batch, run int64, rs []*request) {
	if len(rs) == 0 {
		return
	}
	var seq, intent, at, code, status, sentAt []int64
	var state, operationID, errorID, message, evidence []string
	var body [][]byte
	var absent []bool
	for _, r := range rs {
		o := r.outcome
		seq, intent, at = append(seq, r.seq), append(intent, o.intent), append(at, nanos(o.At))
		code, status, sentAt = append(code, int64(o.Code)), append(status, int64(o.Status)), append(sentAt, nanos(o.sentAt))
		state, operationID, errorID = append(state, string(o.State)), append(operationID, o.OperationID), append(errorID, o.ErrorID)
		message, evidence = append(message, o.Message), append(evidence, o.evidence)
		body, absent = append(body, o.body()), append(absent, o.Absent)
	}
	q.Queue(`INSERT INTO outcomes (run, seq, intent, at, state, operation_id, code, status, error_id, message,
			body_sha256, absent, sent_at, evidence)
		SELECT $1::bigint, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[],
			$8::bigint[], $9::text[], $10::text[], $11::bytea[], $12::boolean[], $13::bigint[], $14::text[])`,
		run, seq, intent, at, state, operationID, code, status, errorID, message, body, absent, sentAt, evidence)
}

// queueEchoes has the echoes of a group inserted; there are few.
func queueEchoes(q *pgx.Batch, run int64, rs []*request) {
	for _, r := range rs {
		e := r.echo
		q.Queue(`INSERT INTO echoes (seq, run, op, operation_id, at) VALUES ($1, $2, $3, $4, $5)`,
			r.seq, run, string(e.op), e.operationID, nanos(e.at))
	}
}

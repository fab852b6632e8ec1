package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A Report is what Check found.
type Report struct {
	ID      string // of the journal
	Records int64
	Faults  []Fault // none when the journal is sound; the first thousand otherwise
}

// A Fault is something in a journal that its writer never leaves behind: the
// disk damaged the file, or somebody altered it.
type Fault struct {
	Seq  int64  // number of the record that is concerned, 0 when there is no one
	What string // in a sentence for a person
}

// faultLimit is how many faults a report holds at most.
const faultLimit = 1000

// errEnough ends a check with a full report.
var errEnough = errors.New("enough faults")

// Check reads the whole journal, of all environments and merchants, and reports
// every fault: damage of the file, missing numbers, keys under which more than
// one intent may have been sent, outcomes without an intent, states that do not
// follow from the one before, events that did not lead to what they say, records of nobody, plans whose bytes are missing,
// approvals that were not recorded with their plan, records that are not those
// whose hashes were stored. verify, unless it is nil, reads the bytes of each plan and returns an error
// when they are not those of its id. The error of Check itself is that the
// journal could not be read.
func (j *Journal) Check(ctx context.Context, verify func(p apply.PlanRecord, bytes io.Reader) error) (Report, error) {
	for {
		before, err := j.tables(ctx)
		if err != nil {
			return Report{ID: j.id}, j.readError(err)
		}
		report, err := j.check(ctx, verify)
		if now, failed := j.tables(ctx); err != nil || failed != nil || now == before {
			return report, err
		} // else another process brought the journal up to date meanwhile
	}
}

// tables says which of the tables that earlier versions do not have are there.
func (j *Journal) tables(ctx context.Context) (there [2]bool, err error) {
	if there[0], err = j.store.approvals(ctx); err != nil {
		return there, err
	}
	there[1], err = j.store.events(ctx)
	return there, err
}

func (j *Journal) check(ctx context.Context, verify func(p apply.PlanRecord, bytes io.Reader) error) (Report, error) {
	c := &checker{j: j, verify: verify, report: Report{ID: j.id}}
	for _, check := range []func(context.Context) error{
		func(ctx context.Context) error { return j.store.integrity(ctx, c) },
		c.numbers, c.keys, c.orphans, c.approvals, c.events, c.transitions, c.plans, c.audit,
	} {
		err := check(ctx)
		if errors.Is(err, errEnough) {
			break
		}
		if j.store.damaged(err) {
			_ = c.fault(0, "the journal is damaged: %v", err) // the last one, if there is room
			break
		}
		if err != nil {
			return c.report, j.readError(err)
		}
	}
	return c.report, nil
}

// A checker collects a report.
type checker struct {
	j      *Journal
	verify func(apply.PlanRecord, io.Reader) error
	report Report
}

// fault adds a fault, or returns errEnough.
func (c *checker) fault(seq int64, format string, args ...any) error {
	if len(c.report.Faults) == faultLimit {
		return errEnough
	}
	c.report.Faults = append(c.report.Faults, Fault{seq, fmt.Sprintf(format, args...)})
	return nil
}

// each calls f for every row of a query; f scans it.
func (c *checker) each(ctx context.Context, query string, f func(*sql.Rows) error) error {
	rows, err := c.j.reads.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// numbers looks for gaps in the one counter, and for numbers given twice.
func (c *checker) numbers(ctx context.Context) error {
	last := int64(0)
	records, err := c.records(ctx)
	if err != nil {
		return err
	}
	return c.each(ctx, records+` ORDER BY 1`, func(rows *sql.Rows) error {
		var seq, run int64
		if err := rows.Scan(&seq, &run); err != nil {
			return err
		}
		c.report.Records++
		before := last
		last = seq
		switch {
		case seq == before:
			return c.fault(seq, "there are two records %d", seq)
		case seq == before+2:
			return c.fault(seq-1, "record %d is missing", seq-1)
		case seq != before+1:
			return c.fault(before+1, "records %d to %d are missing", before+1, seq-1)
		}
		return nil
	})
}

// records selects the number and the run of every record.
func (c *checker) records(ctx context.Context) (string, error) {
	all := `SELECT seq, run FROM intents UNION ALL SELECT seq, run FROM outcomes UNION ALL SELECT seq, run FROM plans
		UNION ALL SELECT seq, run FROM finishes UNION ALL SELECT seq, run FROM echoes`
	there, err := c.j.tables(ctx)
	for i, table := range [...]string{"approvals", "events"} {
		if there[i] {
			all += ` UNION ALL SELECT seq, run FROM ` + table
		}
	}
	return all, err
}

// keys looks for keys under which more than one intent may have been sent.
func (c *checker) keys(ctx context.Context) error {
	return c.each(ctx, `SELECT min(i.seq), max(i.seq), i.key FROM intents i
		WHERE NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.intent = i.seq AND o.state = 'withdrawn')
		GROUP BY i.key HAVING count(*) > 1 ORDER BY 2`, func(rows *sql.Rows) error {
		var first, last int64
		var key plan.Key
		if err := rows.Scan(&first, &last, &key); err != nil {
			return err
		}
		return c.fault(last, "intents %d and %d have the same key %s", first, last, key)
	})
}

// orphans looks for records that belong to nothing.
func (c *checker) orphans(ctx context.Context) error {
	records, err := c.records(ctx)
	if err != nil {
		return err
	}
	return c.told(ctx, `
		SELECT o.seq, 'outcome ' || o.seq || ' is of intent ' || o.intent || ', which is missing'
			FROM outcomes o WHERE NOT EXISTS (SELECT 1 FROM intents WHERE seq = o.intent AND seq < o.seq)
		UNION ALL SELECT f.seq, 'record ' || f.seq || ' is the end of plan record ' || f.plan || ', which is missing'
			FROM finishes f WHERE NOT EXISTS (SELECT 1 FROM plans WHERE seq = f.plan AND seq < f.seq)
		UNION ALL SELECT p.plan, 'there are pieces of plan record ' || p.plan || ', which is missing'
			FROM (SELECT DISTINCT plan FROM plan_chunks) p WHERE NOT EXISTS (SELECT 1 FROM plans WHERE seq = p.plan)
		UNION ALL SELECT x.seq, 'record ' || x.seq || ' is of run ' || x.run || ', which is missing'
			FROM (`+records+`) x
			WHERE NOT EXISTS (SELECT 1 FROM runs WHERE run = x.run)`)
}

// approvals looks for those of no plan, and for those that are not its own: they
// stand right behind it, by the same process.
func (c *checker) approvals(ctx context.Context) error {
	if has, err := c.j.store.approvals(ctx); err != nil || !has {
		return err
	}
	return c.told(ctx, `
		SELECT a.seq, 'record ' || a.seq || ' approves plan record ' || a.plan || ', which is missing'
			FROM approvals a WHERE NOT EXISTS (SELECT 1 FROM plans WHERE seq = a.plan)
		UNION ALL SELECT a.seq, 'record ' || a.seq || ' approves plan record ' || a.plan || ', and was not recorded with it'
			FROM approvals a JOIN plans p ON p.seq = a.plan
			WHERE a.run <> p.run OR a.seq <> a.plan + (SELECT count(*) FROM approvals b WHERE b.plan = a.plan AND b.seq <= a.seq)
		ORDER BY 1`)
}

// events looks for those about intents that are missing, and for those that are
// not followed by the outcome that they say they led to.
func (c *checker) events(ctx context.Context) error {
	if has, err := c.j.store.events(ctx); err != nil || !has {
		return err
	}
	return c.told(ctx, `
		SELECT e.seq, 'event ' || e.seq || ' is about intent ' || e.intent || ', which is missing'
			FROM events e WHERE e.intent <> 0 AND NOT EXISTS (SELECT 1 FROM intents WHERE seq = e.intent AND seq < e.seq)
		UNION ALL SELECT e.seq, 'event ' || e.seq || ' says that it made intent ' || e.intent || ' ' || e.effect || ', and no such outcome follows'
			FROM events e WHERE e.effect <> 'evidence' AND NOT EXISTS (SELECT 1 FROM outcomes o
				WHERE o.seq = e.seq + 1 AND o.intent = e.intent AND o.state = e.effect AND o.run = e.run AND o.operation_id = e.operation)
		ORDER BY 1`)
}

// told reports the faults that a query finds, by their number and in words.
func (c *checker) told(ctx context.Context, query string) error {
	return c.each(ctx, query, func(rows *sql.Rows) error {
		var seq int64
		var what string
		if err := rows.Scan(&seq, &what); err != nil {
			return err
		}
		return c.fault(seq, "%s", what)
	})
}

// transitions looks for states that do not follow from the one before, and for
// withdrawals by another process than the one that wrote the intent.
func (c *checker) transitions(ctx context.Context) error {
	var intent int64
	var state plan.State
	return c.each(ctx, `SELECT o.intent, o.seq, o.state, o.run = i.run
		FROM outcomes o JOIN intents i ON i.seq = o.intent ORDER BY o.intent, o.seq`, func(rows *sql.Rows) error {
		var of, seq int64
		var to plan.State
		var own bool
		if err := rows.Scan(&of, &seq, &to, &own); err != nil {
			return err
		}
		if of != intent {
			intent, state = of, plan.StateIntended
		}
		from := state
		state = to
		switch {
		case !allowed(from, to):
			return c.fault(seq, "outcome %d makes intent %d %s, which was %s", seq, of, to, from)
		case to == plan.StateWithdrawn && !own:
			return c.fault(seq, "outcome %d withdraws intent %d of another process", seq, of)
		}
		return nil
	})
}

// plans reads the bytes of every plan.
func (c *checker) plans(ctx context.Context) error {
	type stored struct {
		seq, chunks int64
		id          string
	}
	var all []stored
	err := c.each(ctx, `SELECT seq, chunks, plan_id FROM plans ORDER BY seq`, func(rows *sql.Rows) error {
		var s stored
		err := rows.Scan(&s.seq, &s.chunks, &s.id)
		all = append(all, s)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := c.plan(ctx, s.seq, s.chunks, s.id); err != nil {
			return err
		}
	}
	return nil
}

// plan reads the bytes of one plan to their end, whatever verify leaves.
func (c *checker) plan(ctx context.Context, seq, chunks int64, id string) error {
	p, err := c.j.onePlan(ctx, planRecordSQL+`WHERE p.seq = $1`, seq)
	if errors.Is(err, apply.ErrNoPlan) {
		return nil // its run is missing, which orphans reports
	}
	if err != nil {
		return err
	}
	r := &planReader{ctx: ctx, j: c.j, plan: seq, chunks: chunks}
	if c.verify != nil {
		if err := c.verify(p, r); err != nil && ctx.Err() == nil {
			return c.fault(seq, "the bytes of plan %s are not those of its id: %v", id, err)
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil && ctx.Err() == nil {
		return c.fault(seq, "the bytes of plan %s cannot be read: %v", id, err)
	}
	return ctx.Err()
}

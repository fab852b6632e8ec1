package journal

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// columns are those of an intent i beside an outcome o of it, or NULLs, in the
// order in which fold scans them.
const columns = `i.seq, i.payment, i.op, i.ref, i.amount, i.currency, i.final, i.attempt,
	i.key, i.plan_id, i.at,
	o.seq, o.at, o.state, o.operation_id, o.code, o.sent_at, o.absent, o.message`

// Known returns every intent recorded for the payments with these canonical
// base ids, in this journal's environment and merchant, oldest first. A
// payment without any is not in the map. Ask for many payments at once: a call
// is one query, or none where nothing is recorded for the merchant. That is
// what Ref says: of a journal that is open for reading only, as of Open.
func (j *Journal) Known(ctx context.Context, bases []string) (map[string][]plan.Intent, error) {
	known := map[string][]plan.Intent{}
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
	err = fold(rows, func(i plan.Intent) bool {
		known[i.Payment] = append(known[i.Payment], i)
		return true
	})
	if err != nil {
		return nil, j.readError(err)
	}
	return known, nil
}

// sorted returns ids in order, each once: neighbours are often on one page.
func sorted(bases []string) []string {
	bases = slices.Clone(bases)
	slices.Sort(bases)
	return slices.Compact(bases)
}

// readError says which journal could not be read.
func (j *Journal) readError(err error) error {
	return fmt.Errorf("read journal %s: %w", j.path, j.store.explain(err))
}

// fold reads rows of columns in which an intent's outcomes stand together,
// oldest first, yields each intent with what they make of it, and closes rows.
func fold(rows *sql.Rows, yield func(plan.Intent) bool) error {
	return foldAt(rows, math.MaxInt64, func(r Record) bool { return yield(r.Intent) })
}

// foldAt does what fold does as of a record: it leaves out the later ones.
func foldAt(rows *sql.Rows, upTo int64, yield func(Record) bool) error {
	defer func() { _ = rows.Close() }() // rows.Err says what there is to say
	var now Record
	var last int64 // number of its last outcome
	for rows.Next() {
		var next plan.Intent
		var at int64
		var o struct {
			seq, at            sql.NullInt64
			code, sentAt       sql.NullInt64
			state, operationID sql.NullString
			message            sql.NullString
			absent             sql.NullBool
		}
		err := rows.Scan(&next.Seq, &next.Payment, &next.Op, &next.Ref, &next.Amount, &next.Currency, &next.Final, &next.Attempt,
			&next.Key, &next.PlanID, &at,
			&o.seq, &o.at, &o.state, &o.operationID, &o.code, &o.sentAt, &o.absent, &o.message)
		if err != nil {
			return err
		}
		if next.Seq > upTo {
			continue
		}
		if next.Seq != now.Seq {
			if now.Seq != 0 && !yield(now) {
				return nil
			}
			now, last = Record{Intent: next}, 0
			now.At = fromNanos(at)
			now.State, now.StateAt = plan.StateIntended, now.At
		}
		if o.seq.Valid && o.seq.Int64 <= upTo {
			if o.seq.Int64 <= last {
				return fmt.Errorf("outcome %d of intent %d comes after outcome %d", o.seq.Int64, next.Seq, last)
			}
			last = o.seq.Int64
			merge(&now.Intent, plan.State(o.state.String), o.operationID.String, int(o.code.Int64),
				fromNanos(o.at.Int64), fromNanos(o.sentAt.Int64), o.absent.Bool)
			now.Message, now.Outcome = o.message.String, last
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if now.Seq != 0 {
		yield(now)
	}
	return nil
}

// merge adds an outcome to an intent, whose state is as of its last outcome.
func merge(i *plan.Intent, s plan.State, operationID string, code int, at, sentAt time.Time, absent bool) {
	i.State, i.StateAt = s, at
	if operationID != "" {
		i.OperationID = operationID
	}
	if sentAt.After(i.LastSendAt) {
		i.LastSendAt = sentAt
	}
	if absent {
		i.Absent = append(i.Absent, at)
	}
	i.Code = code
}

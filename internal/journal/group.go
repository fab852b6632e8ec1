package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A batch is what of a group is written.
type batch struct {
	intents  []*request
	outcomes []*request
	echoes   []*request
}

// recordGroup writes a group in one transaction. It sets the errors of the
// requests that are refused; the error it returns concerns all others.
func (w *writer) recordGroup(group []*request) error {
	b, err := w.admit(group)
	if err != nil {
		return err
	}
	if len(b.intents)+len(b.outcomes)+len(b.echoes) == 0 {
		return nil
	}
	err = w.transaction(func() error {
		if err := w.begin(); err != nil {
			return err
		}
		if err := w.ins.intents(w.run, b.intents); err != nil {
			return err
		}
		if err := w.ins.outcomes(w.run, b.outcomes); err != nil {
			return err
		}
		return w.ins.echoes(w.run, b.echoes)
	})
	if err != nil {
		return err
	}
	w.started = true
	var echoed []spec.Op
	for _, r := range b.echoes {
		echoed = append(echoed, r.echo.op)
	}
	w.publish(echoed)
	return nil
}

// publish shows what is durable.
func (w *writer) publish(echoed []spec.Op) {
	w.j.head.Store(w.j.head.Load().after(w.seq, w.newest, echoed))
	w.writes++
	if w.j.cfg.Written != nil {
		w.j.cfg.Written(w.writes)
	}
}

// saw notes the time of a record.
func (w *writer) saw(at time.Time) {
	if at.After(w.newest) {
		w.newest = at
	}
}

// begin writes this process's row, once, with its first record.
func (w *writer) begin() error {
	if w.started {
		return nil
	}
	c := &w.j.cfg
	_, err := w.conn.ExecContext(context.Background(),
		`INSERT INTO runs (run, environment, merchant, actor, tool_version, at) VALUES (?, ?, ?, ?, ?, ?)`,
		w.run, c.Environment, c.Merchant, c.Actor, c.ToolVersion, nanos(c.Now()))
	return err
}

// admit gives a number to every request of the group that may be recorded and
// sets the error of every other. A refused request leaves no gap.
func (w *writer) admit(group []*request) (b batch, err error) {
	used, err := w.usedBefore(group)
	if err != nil {
		return b, err
	}
	for _, r := range group {
		var at time.Time
		switch {
		case r.intent != nil:
			if !w.admitIntent(r, used) {
				continue
			}
			b.intents, at = append(b.intents, r), r.intent.At
		case r.outcome != nil:
			ok, err := w.admitOutcome(r)
			if err != nil {
				return b, err
			}
			if !ok {
				continue
			}
			b.outcomes, at = append(b.outcomes, r), r.outcome.At
		case r.echo != nil:
			if w.echoKnown(b.echoes, r.echo.op) {
				continue
			}
			b.echoes, at = append(b.echoes, r), r.echo.at
			w.number(r, "")
		}
		w.saw(at)
	}
	return b, nil
}

// number gives r the next number; state is that of an intent, "" of others.
func (w *writer) number(r *request, state plan.State) {
	w.seq++
	r.seq = w.seq
	w.states = append(w.states, pack(state))
}

// hash is what is kept of a key in memory. Among a million keys two have one
// hash in one of 40 million runs; the later of them is refused, and not sent.
func (w *writer) hash(k plan.Key) uint64 { return maphash.String(w.seed, string(k)) }

// free lets the key of an intent of this process be used again: nothing was
// sent under it.
func (w *writer) free(seq int64) error {
	var k plan.Key
	err := w.conn.QueryRowContext(context.Background(), `SELECT key FROM intents WHERE seq = ?`, seq).Scan(&k)
	if err != nil {
		return err
	}
	delete(w.keys, w.hash(k))
	return nil
}

// admitIntent numbers an intent unless its key was recorded before.
func (w *writer) admitIntent(r *request, used map[plan.Key]bool) bool {
	h := w.hash(r.intent.Key)
	_, again := w.keys[h]
	if again || used[r.intent.Key] {
		r.err = fmt.Errorf("record %s: %w", describe(*r.intent), apply.ErrKeyUsed)
		return false
	}
	w.keys[h] = struct{}{}
	w.number(r, plan.StateIntended)
	return true
}

// usedBefore returns the keys that earlier processes recorded for the payments
// of a group.
func (w *writer) usedBefore(group []*request) (map[plan.Key]bool, error) {
	if w.base == 1 {
		return nil, nil
	}
	var payments []string
	for _, r := range group {
		if r.intent != nil {
			payments = append(payments, r.intent.Payment)
		}
	}
	if len(payments) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(payments)
	if err != nil {
		return nil, err
	}
	used := map[plan.Key]bool{}
	return used, w.ins.keys(string(list), w.base, used)
}

// admitOutcome numbers an outcome if its state follows from the intent's.
func (w *writer) admitOutcome(r *request) (bool, error) {
	o := r.outcome
	from, own, err := w.state(o.intent)
	var no *refusal
	switch {
	case errors.As(err, &no):
		r.err = no
		return false, nil
	case err != nil:
		return false, err
	case !allowed(from, o.State):
		r.err = fmt.Errorf("record outcome of intent %d: it is %s and cannot become %s", o.intent, from, o.State)
		return false, nil
	case o.State == plan.StateWithdrawn && !own:
		r.err = fmt.Errorf("record outcome of intent %d: only the process that wrote it knows that nothing was sent", o.intent)
		return false, nil
	}
	if o.State == plan.StateWithdrawn && from != o.State {
		if err := w.free(o.intent); err != nil {
			return false, err
		}
	}
	w.number(r, "")
	if own {
		w.states[o.intent-w.base] = pack(o.State)
	} else {
		w.older[o.intent] = o.State
	}
	return true, nil
}

// A refusal is an error that concerns one request and not the writer.
type refusal struct{ msg string }

func (r *refusal) Error() string { return r.msg }

// state returns where an intent stands, and whether this process wrote it.
func (w *writer) state(seq int64) (s plan.State, own bool, err error) {
	if seq >= w.base {
		if i := seq - w.base; i < int64(len(w.states)) && w.states[i] != 0 {
			return w.states[i].state(), true, nil
		}
		return "", false, &refusal{fmt.Sprintf("record outcome: there is no intent %d", seq)}
	}
	if s, ok := w.older[seq]; ok {
		return s, false, nil
	}
	var mine bool
	err = w.conn.QueryRowContext(context.Background(),
		`SELECT coalesce((SELECT state FROM outcomes WHERE intent = i.seq ORDER BY seq DESC LIMIT 1), 'intended'),
			r.environment = ?2 AND r.merchant = ?3
		FROM intents i JOIN runs r ON r.run = i.run WHERE i.seq = ?1`,
		seq, w.j.cfg.Environment, w.j.cfg.Merchant).Scan(&s, &mine)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", false, &refusal{fmt.Sprintf("record outcome: there is no intent %d", seq)}
	case err == nil && !mine:
		return "", false, &refusal{fmt.Sprintf("record outcome: intent %d belongs to another environment or merchant", seq)}
	}
	return s, false, err
}

// echoKnown reports whether an echo of op is recorded, or about to be.
func (w *writer) echoKnown(echoes []*request, op spec.Op) bool {
	return w.j.Echoed(op) || slices.ContainsFunc(echoes, func(r *request) bool { return r.echo.op == op })
}

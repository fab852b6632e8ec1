package journal

import (
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

// empty reports whether there is nothing to write.
func (b *batch) empty() bool { return len(b.intents)+len(b.outcomes)+len(b.echoes) == 0 }

// recordGroup writes a group in one transaction. It sets the errors of the
// requests that are refused; the error it returns concerns all others.
func (w *writer) recordGroup(group []*request) error {
	b := &batch{}
	kept, err := w.transaction(func() (*batch, error) {
		if err := w.admit(b, group); err != nil {
			return nil, err
		}
		if b.empty() {
			return nil, errUndo
		}
		return b, w.begin()
	})
	if err != nil {
		return err
	}
	var echoed []spec.Op
	for _, r := range b.echoes {
		echoed = append(echoed, r.echo.op)
	}
	w.publish(kept, echoed)
	return nil
}

// publish shows what is durable, of which something is this process's own when
// its transaction was kept.
func (w *writer) publish(kept bool, echoed []spec.Op) {
	w.j.advance(w.seq, w.newest, kept, echoed...)
	if !kept {
		return
	}
	w.started = true
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
	return w.exec(`INSERT INTO runs (run, environment, merchant, actor, tool_version, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		w.run, c.Environment, c.Merchant, c.Actor, c.ToolVersion, nanos(c.Now()))
}

// admit puts every request of the group that may be recorded into b, with its
// number, and sets the error of every other. A refused request leaves no gap.
func (w *writer) admit(b *batch, group []*request) error {
	used, err := w.usedBefore(group)
	if err != nil {
		return err
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
				return err
			}
			if !ok {
				continue
			}
			b.outcomes, at = append(b.outcomes, r), r.outcome.At
		case r.echo != nil:
			if w.stale != nil || w.echoKnown(b.echoes, r.echo.op) {
				continue
			}
			b.echoes, at = append(b.echoes, r), r.echo.at
			w.number(r, "")
		}
		w.saw(at)
	}
	return nil
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
	if err := w.row([]any{&k}, `SELECT key FROM intents WHERE seq = $1`, seq); err != nil {
		return err
	}
	delete(w.keys, w.hash(k))
	return nil
}

// admitIntent numbers an intent unless its key was recorded before.
func (w *writer) admitIntent(r *request, used map[plan.Key]bool) bool {
	if w.stale != nil {
		r.err = fmt.Errorf("record %s: %w", describe(*r.intent), w.stale)
		return false
	}
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
	if w.base == 1 || w.stale != nil {
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
	used := map[plan.Key]bool{}
	return used, w.s.keys(payments, w.base, used)
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
	}
	if !own || w.stale != nil {
		w.older[o.intent] = o.State
	}
	return true, nil
}

// echoKnown reports whether an echo of op is recorded, or about to be.
func (w *writer) echoKnown(echoes []*request, op spec.Op) bool {
	return w.j.Echoed(op) || slices.ContainsFunc(echoes, func(r *request) bool { return r.echo.op == op })
}

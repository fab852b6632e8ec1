package sim

import (
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An operation is one that the ledger has.
type operation struct {
	id, ref, source string
	kind            sandbox.Kind
	amount          int64
	at              time.Time
	settled         bool
	refused         bool
	refusedAt       time.Time
}

func (o *operation) live() bool { return !o.refused }

// ledger returns the operations of a payment, but not what opened it.
func (w *world) ledger(n int) []operation {
	p := w.payments[n]
	book, err := w.sb.LedgerOf(p.id())
	if err != nil {
		w.violate(n, promiseSound, "%v", err)
		return nil
	}
	if book.Currency != string(p.currency) {
		w.violate(n, promiseExact, "the ledger is in %s", book.Currency)
	}
	var out []operation
	for _, m := range book.Movements {
		if m.Kind == sandbox.Authorization || strings.HasSuffix(m.Operation, "_0") {
			continue
		}
		at := -1
		for i := range out {
			if out[i].id == m.Operation {
				at = i
			}
		}
		if at < 0 {
			at = len(out)
			out = append(out, operation{id: m.Operation, ref: m.Reference, source: m.Source, kind: m.Kind, amount: m.Amount, at: m.Time})
		}
		out[at].settled = out[at].settled || m.Event == sandbox.Settled
		if m.Event == sandbox.Refused {
			out[at].refused, out[at].refusedAt = true, m.Time
		}
	}
	return out
}

// sourceAPI is who made an operation that a call made.
const sourceAPI = "api"

// once requires that no intent moved money twice, and that nothing moved which
// no accepted plan has. It is asked whenever a call has reached the platform.
func (w *world) once(n int) {
	ops := w.ledger(n)
	alone := !w.estranged(n)
	for i := range ops {
		o := &ops[i]
		if o.source != sourceAPI {
			continue
		}
		if !w.planned(n, o) {
			w.violate(n, promisePlanned, "the ledger has %s %s of %d (%s), and no accepted plan does", o.kind, o.ref, o.amount, o.id)
		}
		if !o.live() || !alone {
			continue
		}
		for _, earlier := range ops[:i] {
			twin := earlier.live() && earlier.kind == o.kind && earlier.ref == o.ref
			if twin && (earlier.source == sourceAPI || !w.traits.hides()) {
				w.violate(n, promiseOnce, "the ledger has %s %s twice: %s and %s", o.kind, o.ref, earlier.id, o.id)
			}
		}
	}
	for _, op := range spec.Ops {
		var sum int64
		for i := range ops {
			if o := &ops[i]; o.live() && o.kind == kindOf(op) && o.source == sourceAPI {
				sum += o.amount
			}
		}
		if most := w.wanted(n, op); sum > most && alone {
			w.violate(n, promiseOnce, "calls moved %d by %s, and no plan wanted more than %d", sum, op, most)
		}
	}
}

// estranged reports that one of two machines with nothing in common tried a call
// of a payment as a new attempt. The other knows nothing of the first and may
// make it, under another key: only what both read stands in between, or a
// journal that they share.
func (w *world) estranged(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.machines) > 1 && w.retried[n]
}

// hides reports that a read may not show what was there from the start.
func (t *traits) hides() bool {
	for _, f := range t.faults {
		if f.Kind == sandbox.StaleRead {
			return true
		}
	}
	return t.behaviour.ReadLag > 0
}

// planned reports that an accepted plan has an operation.
func (w *world) planned(n int, o *operation) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.accepted {
		if c.payment == n && kindOf(c.op) == o.kind && c.ref == o.ref && c.amount == o.amount {
			return true
		}
	}
	return false
}

// wanted is the most that an accepted plan wanted of a kind.
func (w *world) wanted(n int, op spec.Op) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most[n][op]
}

// audit holds the journals against the ledger. It is asked whenever a process
// has ended, and reads what a crash at that moment would leave.
func (w *world) audit() {
	own := make([]map[string][]plan.Intent, len(w.machines))
	for i, m := range w.machines {
		own[i] = m.durable()
	}
	for n, p := range w.payments {
		w.once(n)
		ops := w.ledger(n)
		var known []plan.Intent
		for i := range own {
			w.claims(n, ops, own[i][p.base])
			known = append(known, own[i][p.base]...)
		}
		for i := range ops {
			if o := &ops[i]; o.source == sourceAPI {
				w.explained(n, o, known)
			}
		}
	}
}

// claims requires that what one journal calls made or refused is.
func (w *world) claims(n int, ops []operation, own []plan.Intent) {
	by := map[string]int64{}
	for _, in := range own {
		if w.words[in.Key] || in.OperationID == "" {
			continue
		}
		o := find(ops, in.OperationID)
		switch {
		case o == nil && in.Made() && !strings.HasSuffix(in.OperationID, "_0"):
			w.violate(n, promiseOutcome, "the journal calls %s %s %s, and the ledger has no operation %s", in.Op, in.Ref, in.State, in.OperationID)
		case o == nil:
		case in.Made() && (o.kind != kindOf(in.Op) || o.amount != in.Amount || o.ref != in.Ref):
			w.violate(n, promiseOutcome, "the journal calls %s %s of %d operation %s, which is %s %s of %d", in.Op, in.Ref, in.Amount, o.id, o.kind, o.ref, o.amount)
		case in.State == plan.StateSettled && !o.settled:
			w.violate(n, promiseOutcome, "the journal calls %s %s settled, and operation %s is not", in.Op, in.Ref, o.id)
		case in.State == plan.StateRefused && o.live() && o.ref == in.Ref:
			w.violate(n, promiseOutcome, "the journal calls %s %s refused, and operation %s stands", in.Op, in.Ref, o.id)
		}
		if first, twice := by[in.OperationID]; twice && in.Made() {
			w.violate(n, promiseOutcome, "intents %d and %d both claim operation %s", first, in.Seq, in.OperationID)
		}
		if in.Made() {
			by[in.OperationID] = in.Seq
		}
	}
}

func find(ops []operation, id string) *operation {
	for i := range ops {
		if ops[i].id == id {
			return &ops[i]
		}
	}
	return nil
}

// explained requires that some journal holds an operation of ours as made, or
// as in doubt: what all call refused or never sent must not stand.
func (w *world) explained(n int, o *operation, known []plan.Intent) {
	held := false
	for _, in := range known {
		if kindOf(in.Op) != o.kind || in.Ref != o.ref || in.Amount != o.amount {
			continue
		}
		held = true
		if o.refused || in.Made() || in.Open() {
			return
		}
	}
	if held {
		w.violate(n, promiseOutcome, "the ledger has %s %s of %d (%s), and the journal calls it refused or not sent", o.kind, o.ref, o.amount, o.id)
		return
	}
	w.violate(n, promiseDurable, "the ledger has %s %s of %d (%s), and no journal has its intent", o.kind, o.ref, o.amount, o.id)
}

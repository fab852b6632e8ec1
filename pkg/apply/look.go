package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// look settles by a read what an answer left open: the operation that the
// platform named, or that carries our reference, is ours. For a cancel, whose
// answer speaks of the whole payment, a 2xx and exactly one new cancel of the
// amount is as good, where the platform returns no references. Anything else
// stays unknown.
func (r *run) look(ctx context.Context, w *work, in *plan.Intent, c Call, a Answer, v verdict) verdict {
	v.state = plan.StateUnknown
	if a.Made != nil && !plan.IsFirst(a.Made.ID) && spec.BaseOf(a.Made.ID) == w.base() {
		v.made = *a.Made
	}
	w.readAt = time.Time{}
	if err := r.read(ctx, w); err != nil || unsound(w) != "" {
		return v
	}
	if v.made.ID != "" {
		o, shown := operation(w.seen, v.made.ID)
		switch {
		case !shown:
			v.message = fmt.Sprintf("the platform named operation %s and does not show it yet", v.made.ID)
			return v
		case !isOf(o, *in):
			return wrong(v.made, fmt.Sprintf("a %s of %s", o.Op, money(w.seen, o.Amount)))
		}
		return judgeSeen(o)
	}
	if o, found := r.find(w, in); found {
		return judgeSeen(o)
	}
	if c.Op == spec.Cancel && a.Status >= 200 && a.Status < 300 && !r.Journal.Echoed(c.Op) {
		if o, found := r.onlyCancel(w, in); found {
			return judgeSeen(o)
		}
	}
	return v
}

// find returns the new operation that is certainly an intent's own: by the id
// that the platform gave it, or by its reference.
func (r *run) find(w *work, in *plan.Intent) (plan.Operation, bool) {
	for _, o := range w.fresh(in) {
		if in.OperationID != "" && plan.SameOperation(o.ID, in.OperationID) {
			return o, true
		}
		if matches(o, *in) {
			r.Journal.NoteEcho(in.Op, o.ID, r.now())
			return o, true
		}
	}
	return plan.Operation{}, false
}

// onlyCancel returns the one new cancel over an intent's amount that has no
// reference of its own. A platform may show it on the authorisation itself.
func (r *run) onlyCancel(w *work, in *plan.Intent) (found plan.Operation, one bool) {
	n := 0
	for _, o := range w.fresh(in) {
		if isOf(o, *in) && (o.Ref == "" || o.Ref == w.seen.MerchantReference) {
			found = o
			n++
		}
	}
	return found, n == 1
}

// fresh returns the operations that the pre-image does not have, or has as
// another kind, and that no other intent explains.
func (w *work) fresh(in *plan.Intent) (out []plan.Operation) {
	for _, o := range w.seen.Operations {
		if was, before := operation(w.entry.Content.Have, o.ID); before && was.Op == o.Op {
			continue
		}
		if !w.explained(o, in) {
			out = append(out, o)
		}
	}
	return out
}

// explained reports that another of our intents is the cause of an operation.
func (w *work) explained(o plan.Operation, in *plan.Intent) bool {
	for _, x := range w.own {
		if x.Seq != in.Seq && x.OperationID != "" && plan.SameOperation(x.OperationID, o.ID) {
			return true
		}
	}
	return false
}

// unsound says why a read cannot settle anything; "" when it can.
func unsound(w *work) string {
	switch {
	case !w.seen.Exists:
		return "the platform does not know the payment"
	case spec.BaseOf(w.seen.ID) != w.base():
		return fmt.Sprintf("the platform answered for payment %s", w.seen.ID)
	}
	return w.seen.FaultText
}

// isOf reports that an operation is of an intent's kind and amount.
func isOf(o plan.Operation, in plan.Intent) bool { return o.Op == in.Op && o.Amount == in.Amount }

package apply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// resolve settles an intent of an earlier run whose outcome nobody knows.
//
//	a read shows it under our id or reference   its status is the outcome
//	the platform named it and does not show it  unknown: it is not sent again
//	a read shows a like operation, nameless     unknown: it may be ours or not
//	the payment changed otherwise               unknown: nothing more is sent on it
//	the key is still kept                       the same call again, under the same key
//	the key may be forgotten                    two conclusive reads, or unknown
func (r *run) resolve(ctx context.Context, w *work, a plan.Action, i int) Result {
	in := &w.own[i]
	if r.barred() {
		return r.doubt(w, a, in, "in doubt as before: "+string(r.why()))
	}
	w.readAt = time.Time{}
	if err := r.read(ctx, w); err != nil {
		res := r.unread(w, a, err)
		res.Status, res.Resumable, res.OperationID, res.Hint = StatusUnknown, false, in.OperationID, "run payreconcile resume again"
		return res
	}
	if what := unsound(w); what != "" {
		return r.doubt(w, a, in, what)
	}
	o, found := r.find(w, in)
	switch {
	case found && !isOf(o, *in):
		return r.doubt(w, a, in, fmt.Sprintf("the platform made something else of it: operation %s is a %s of %s", o.ID, o.Op, money(w.seen, o.Amount)))
	case found:
		return r.settleBy(w, a, in, judgeSeen(o))
	case in.OperationID != "":
		return r.doubt(w, a, in, fmt.Sprintf("the platform named operation %s and does not show it", in.OperationID))
	}
	if what := r.strange(w, in); what != "" {
		return r.doubt(w, a, in, what)
	}
	if what := r.overtaken(w); what != "" {
		return r.doubt(w, a, in, what)
	}
	r.follow(w)
	if what := r.fallen(w, a); what != "" {
		return r.doubt(w, a, in, what)
	}
	if !r.inWindow(*in, r.now()) {
		return r.conclusive(w, a, in)
	}
	amount := amountOf(w.entry, a)
	if err := r.meter.reserve(amount); err != nil {
		r.halt(stopCap, err.Error())
		return r.doubt(w, a, in, err.Error())
	}
	return r.send(ctx, w, a, i, true)
}

// strange says what a read shows besides the pre-image and our own calls; the
// intent in doubt is none of them, since it was looked for before.
func (r *run) strange(w *work, in *plan.Intent) string {
	have := w.entry.Content.Have
	others := slices.DeleteFunc(w.planned(), func(x plan.Intent) bool { return x.Seq == in.Seq })
	if o, found := unexplained(have, w.seen, others, in.Op); found && isOf(o, *in) {
		return fmt.Sprintf("operation %s, a %s of %s, may be it or somebody else's", o.ID, o.Op, money(w.seen, o.Amount))
	}
	if what := moved(have, w.seen, others); what != "" {
		return "the payment changed meanwhile: " + what
	}
	return ""
}

// conclusive decides about an intent whose key the platform may have
// forgotten, so that it cannot be sent again. That it never happened counts
// only where this platform was seen to return our references, and after two
// complete reads at least lookupGap apart, both at least lookupGap after the
// last byte may have been sent.
func (r *run) conclusive(w *work, a plan.Action, in *plan.Intent) Result {
	last := r.lastByte(*in)
	if r.skewed() {
		return r.doubt(w, a, in, string(stopSkew))
	}
	if !r.Journal.Echoed(in.Op) {
		return r.doubt(w, a, in, "the key is no longer kept, and the platform was never seen to return our references")
	}
	if w.readAt.Sub(last) < lookupGap {
		return r.doubt(w, a, in, "the key is no longer kept; look again after "+last.Add(lookupGap).UTC().Format(time.RFC3339))
	}
	for _, earlier := range in.Absent {
		if earlier.Sub(last) >= lookupGap && w.readAt.Sub(earlier) >= lookupGap {
			return r.settleBy(w, a, in, verdict{state: plan.StateRefused, message: "it was never made: two complete reads do not show it"})
		}
	}
	// By its end: what it showed may be as young as that, and the next one has
	// to be so much younger.
	w.waits = append(w.waits, r.Journal.Conclude(in.Seq, Outcome{
		At: w.readBy, State: plan.StateUnknown, Absent: true, Message: "a complete read does not show it",
	}))
	return r.doubt(w, a, in, "a first complete read does not show it; look again after "+w.readBy.Add(lookupGap).UTC().Format(time.RFC3339))
}

// settleBy records an outcome that a read decided.
func (r *run) settleBy(w *work, a plan.Action, in *plan.Intent, v verdict) Result {
	r.conclude(w, in, v, Answer{})
	res := r.result(w, a)
	res.Status, res.Message, res.OperationID, res.Earlier = statusOf(v.state), v.message, in.OperationID, v.state != plan.StateUnknown
	w.news = w.news || res.went()
	return res
}

func (r *run) doubt(w *work, a plan.Action, in *plan.Intent, why string) Result {
	res := r.result(w, a)
	res.Status, res.Message, res.OperationID = StatusUnknown, why, in.OperationID
	res.Hint = "look at the payment in the platform's portal, then run payreconcile resume again"
	return res
}

// openResult is the result of a call in doubt that the run did not get to.
func openResult(in *plan.Intent, why string) Result {
	return Result{
		Payment: spec.PaymentID(in.Payment), Currency: in.Currency, Status: StatusUnknown, OperationID: in.OperationID,
		Message: why, Hint: hintResume,
		Action: plan.Action{
			Kind: plan.Kind(in.Op), Op: in.Op, Ref: in.Ref, Amount: in.Amount, Final: in.Final, Attempt: in.Attempt, Key: in.Key,
		},
	}
}

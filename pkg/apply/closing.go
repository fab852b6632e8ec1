package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// closing reads a payment once more when its calls are through, records what
// has settled or was refused since, and holds what is there against the plan:
// nothing may be left but what the platform is working on or does not show
// yet. It brings the results of the calls that went up to date.
func (r *run) closing(ctx context.Context, w *work, went []Result) {
	w.readAt = time.Time{}
	if err := r.read(ctx, w); err != nil {
		for i := range went {
			went[i].Message = "the payment could not be read again afterwards: " + err.Error()
		}
		return // the outcomes stand as the platform's answers told them
	}
	r.follow(w)
	note := r.leftOver(w)
	if r.settle(w) != nil {
		return
	}
	for i := range went {
		if j := w.intent(went[i].Action); j >= 0 {
			r.update(w, &went[i], &w.own[j], note)
		}
	}
}

// update brings a result up to date with what the last read showed of its call.
func (r *run) update(w *work, res *Result, in *plan.Intent, note string) {
	res.Status, res.OperationID, res.Message = statusOf(in.State), in.OperationID, note
	if in.State == plan.StateRefused {
		res.Message, res.Hint = refusedSince(in), hintAttempt
		return
	}
	if o, shown := operation(w.seen, in.OperationID); shown && w.seen.Exists && !isOf(o, *in) {
		res.Status = StatusUnknown
		res.Message = fmt.Sprintf("the platform accepted it and made a %s of %s of it (operation %s)", o.Op, money(w.seen, o.Amount), o.ID)
		res.Hint = "look at the payment in the platform's portal; it is not sent again"
		r.halt(stopWrong, res.Message)
	}
}

// follow records what a read shows of our own accepted calls: settled, or
// refused since. It also notes where their references come back.
func (r *run) follow(w *work) {
	if unsound(w) != "" {
		return
	}
	for i := range w.own {
		in := &w.own[i]
		if in.OperationID == "" || !in.Made() {
			continue
		}
		o, shown := operation(w.seen, in.OperationID)
		if !shown || !isOf(o, *in) {
			continue
		}
		if matches(o, *in) && !r.Journal.Echoed(in.Op) {
			r.Journal.NoteEcho(in.Op, o.ID, r.now())
		}
		if v := judgeSeen(o); in.State == plan.StateAccepted && (v.state == plan.StateSettled || v.state == plan.StateRefused) {
			r.conclude(w, in, v, Answer{})
			w.news = true
		}
	}
}

// leftOver plans the payment once more, for the totals that its calls were to
// reach, and says what is not as it should be.
func (r *run) leftOver(w *work) string {
	want := spec.Payment{ID: w.entry.Content.Payment, Currency: w.entry.Content.Currency}
	for _, a := range w.entry.Content.Actions {
		if i := w.intent(a); i >= 0 && w.own[i].Made() {
			*want.Desired(a.Op) = spec.Desired{Mode: spec.Total, Total: a.After}
		}
	}
	for _, a := range plan.Diff(&want, w.seen, plan.Known{Env: r.Env, Intents: w.own}).Content.Actions {
		if a.Kind.Calls() || (a.Kind == plan.Blocked && a.Reason != plan.ReasonInDoubt) {
			if a.Message != "" {
				return "not as planned afterwards: " + a.Message
			}
			return fmt.Sprintf("not as planned afterwards: %s of %s is still missing", a.Op, money(w.seen, a.Amount))
		}
	}
	return ""
}

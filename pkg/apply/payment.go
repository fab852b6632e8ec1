package apply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// A work is one payment on its way: its entry, what the journal holds for it,
// and the last read.
type work struct {
	entry  *plan.Entry
	n      int           // its place in the plan
	own    []plan.Intent // every intent of the payment, kept up to date
	seen   plan.Observed
	readAt time.Time // when the last read began
	readBy time.Time // when it had ended
	news   bool      // this run made a call on it, or saw an earlier one go on
	waits  []func() error
	visits []int64 // numbers of the intents that Revisit looks at again
}

func (w *work) base() string { return w.entry.Content.Payment.Base() }

// planned returns the intents that belong to the calls of the entry. What
// another plan made of the payment since is as foreign as what a person did.
func (w *work) planned() []plan.Intent {
	var out []plan.Intent
	for _, in := range w.own {
		if w.plans(in) {
			out = append(out, in)
		}
	}
	return out
}

// plans reports that an intent belongs to a call of the entry.
func (w *work) plans(in plan.Intent) bool {
	return slices.ContainsFunc(w.entry.Content.Actions, func(a plan.Action) bool { return a.Key == in.Key })
}

// intent returns the number in own of the intent of an action, -1 when there is
// none or only one under which nothing was sent.
func (w *work) intent(a plan.Action) int {
	return slices.IndexFunc(w.own, func(i plan.Intent) bool { return i.Key == a.Key && i.State != plan.StateWithdrawn })
}

// payment carries out the calls of one payment, in order. The first that the
// platform does not have stops the payment. It reports false when the payment
// is looked at again later.
func (r *run) payment(ctx context.Context, w *work) bool {
	var rest, went []Result // reported once the closing read has shown what went
	var stopped *Result
	held := false // a deferred call holds those behind it
	r.refresh(ctx, w)
	for _, a := range w.entry.Content.Actions {
		res := r.result(w, a)
		switch {
		case !a.Kind.Calls() && !r.due(ctx, w, a, held || stopped != nil):
			r.idle(w, a, &res)
			held = held || a.Kind == plan.Deferred
		case stopped != nil:
			res.Status, res.Resumable = StatusSkipped, stopped.Resumable || stopped.Status == StatusUnknown
			res.Message = fmt.Sprintf("not sent: the %s before it is %s", stopped.Action.Op, stopped.Status)
		default:
			res = r.action(ctx, w, a)
			if r.settle(w) != nil {
				res.Status, res.Resumable, res.Message = StatusUnknown, false, "what became of it could not be recorded"
				res.Hint = "run payreconcile resume once the journal can be written"
			}
			if !res.went() {
				stopped = &res
			}
		}
		if res.went() && res.Action.Key != "" {
			went = append(went, res)
			continue
		}
		rest = append(rest, res)
	}
	if w.news {
		r.closing(ctx, w, went)
	}
	if rest = append(rest, went...); r.await(w, rest) {
		return false
	}
	for _, res := range rest {
		r.report(r.belated(res))
	}
	return true
}

// action brings one call to an end: it looks it up in the journal first, and
// makes it only if nobody ever did.
func (r *run) action(ctx context.Context, w *work, a plan.Action) Result {
	if i := w.intent(a); i >= 0 {
		switch in := w.own[i]; {
		case in.Made():
			res := r.result(w, a)
			res.Earlier, res.OperationID, res.Status = r.earlier(in), in.OperationID, statusOf(in.State)
			return res
		case in.State == plan.StateRefused:
			res := r.result(w, a)
			res.Earlier, res.OperationID, res.Status = r.earlier(in), in.OperationID, StatusRefused
			res.Message, res.Hint = "the platform refused it in an earlier run", hintAttempt
			switch {
			case in.Message != "":
				res.Message = in.Message
			case !res.Earlier:
				res.Message = refusedSince(&in)
			}
			return res
		default:
			return r.resolve(ctx, w, a, i)
		}
	}
	if i := slices.IndexFunc(w.own, func(i plan.Intent) bool { return i.Op == a.Op && i.Open() }); i >= 0 {
		return r.stale(w, a, fmt.Sprintf("another %s of it, %s, is in doubt", a.Op, w.own[i].Ref))
	}
	return r.fresh(ctx, w, a)
}

// fresh makes a call that was never made.
func (r *run) fresh(ctx context.Context, w *work, a plan.Action) Result {
	switch {
	case r.halted():
		return r.skip(w, a, fmt.Sprintf("not sent: %s", r.why()))
	case r.over():
		return r.tooLate(w, a)
	case r.holds():
		return r.skip(w, a, "not sent: "+r.Options.Hold)
	case plan.KeyFor(r.Env, w.entry.Content.Payment, w.entry.Content.Currency, a) != a.Key:
		return r.stale(w, a, "its key is not the one of this call")
	}
	if what := r.overtaken(w); what != "" {
		return r.stale(w, a, what)
	}
	if err := r.read(ctx, w); err != nil {
		return r.unread(w, a, err)
	}
	if what := moved(w.entry.Content.Have, w.seen, w.planned()); what != "" {
		return r.stale(w, a, what)
	}
	r.follow(w)
	if what := r.fallen(w, a); what != "" {
		return r.behind(w, a, what)
	}
	amount := amountOf(w.entry, a)
	if err := r.meter.reserve(amount); err != nil {
		r.halt(stopCap, err.Error())
		return r.skip(w, a, "not sent: "+err.Error())
	}
	in := plan.Intent{
		Payment: w.base(), Op: a.Op, Ref: a.Ref, Amount: a.Amount, Currency: w.entry.Content.Currency,
		Final: a.Final, Attempt: a.Attempt, Key: a.Key, PlanID: r.planID, At: r.now(), State: plan.StateIntended,
	}
	in.StateAt = in.At
	seq, err := r.Journal.Intend(ctx, in)
	if err != nil {
		r.meter.release(amount)
		r.broken(err)
		return r.skip(w, a, "not sent: its intent could not be recorded")
	}
	in.Seq = seq
	w.own = append(w.own, in)
	return r.send(ctx, w, a, len(w.own)-1, false)
}

// fallen says which earlier call of the payment does not stand any more: what
// was accepted may have been refused since, and then what follows it is not
// sent. A final capture, above all, would give up the money for good.
func (r *run) fallen(w *work, a plan.Action) string {
	for _, earlier := range w.entry.Content.Actions {
		if earlier.Key == a.Key {
			return ""
		}
		i := w.intent(earlier)
		if !earlier.Kind.Calls() && i < 0 {
			continue
		}
		switch {
		case i < 0:
			return fmt.Sprintf("the %s %s before it was not made", earlier.Op, earlier.Ref)
		case !w.own[i].Made():
			return fmt.Sprintf("the %s %s before it is %s", earlier.Op, earlier.Ref, w.own[i].State)
		}
		o, shown := operation(w.seen, w.own[i].OperationID)
		if shown && o.Standing != plan.Requested && o.Standing != plan.Settled {
			return fmt.Sprintf("the %s %s before it is %s (operation %s, status %d)", earlier.Op, earlier.Ref, o.Standing, o.ID, o.Code)
		}
	}
	return ""
}

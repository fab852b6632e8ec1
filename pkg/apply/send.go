package apply

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// send makes the call of an intent that is in the journal and records what
// became of it. again says that the key may have been sent before.
func (r *run) send(ctx context.Context, w *work, a plan.Action, i int, again bool) Result {
	in := &w.own[i]
	c := Call{
		Key: a.Key, Payment: w.entry.Content.Payment, Op: a.Op, Ref: a.Ref, Amount: amountOf(w.entry, a),
		Final: a.Final, Note: a.Note, Unit: r.Env.CaptureUnit,
	}
	answer, v := r.call(ctx, w, in, c, again)
	if len(answer.Sends) > 0 {
		w.news = true
		w.readAt = time.Time{} // what was read before says nothing about what follows
	}
	if v.state == "" {
		failed := v.failed(answer)
		v = r.look(ctx, w, in, c, answer, v)
		r.trip(v, failed)
	}
	if v.stop != "" {
		r.halt(v.stop, v.message)
	}
	r.conclude(w, in, v, answer)
	res := r.result(w, a)
	res.Status, res.Message, res.ErrorID, res.OperationID = statusOf(v.state), v.message, answer.ErrorID, in.OperationID
	switch v.state {
	case plan.StateWithdrawn:
		r.meter.release(c.Amount)
		return r.withheld(w, a, answer, res)
	case plan.StateRefused:
		r.meter.release(c.Amount)
		res.Hint = hintAttempt
	case plan.StateUnknown:
		if v.stop == stopCredentials && !again && len(answer.Sends) == 1 {
			res.Status, res.Resumable = StatusSkipped, true
		}
		res.Hint = "run payreconcile resume; it repeats the same call under the same key"
		if in.OperationID != "" {
			res.Hint = "look at the payment in the platform's portal; it is not sent again"
		}
	case plan.StateAccepted, plan.StateSettled:
		res.ErrorID = "" // of a send before the one that went well
	case plan.StateIntended:
	}
	return res
}

// mostReads is how often a payment is read for one call whose turn comes too
// late each time.
const mostReads = 4

// call makes the call once it may run. Meanwhile the payment may have changed: a
// read that has become old is made again.
func (r *run) call(ctx context.Context, w *work, in *plan.Intent, c Call, again bool) (a Answer, v verdict) {
	for range mostReads {
		if a, v = r.turn(ctx, w, in, c, again); !errors.Is(a.Withheld, errOld) {
			break
		}
	}
	return a, v
}

// turn makes the call and judges its answer before another one may go in its
// place, so that one which stops the run stops that one too.
func (r *run) turn(ctx context.Context, w *work, in *plan.Intent, c Call, again bool) (Answer, verdict) {
	release, err := r.pace.Acquire(ctx)
	if err != nil {
		a := Answer{NotSent: true, Withheld: err, Err: err}
		return a, judge(c, a, again)
	}
	defer release()
	a := r.try(ctx, w, in, c, again)
	v := judge(c, a, again)
	if v.state != "" || v.failed(a) {
		r.trip(v, false)
	}
	if v.stop != "" {
		r.halt(v.stop, v.message)
	}
	return a, v
}

// trip lets the breaker count a verdict; known is whether it counted the
// answer before, as a failure.
func (r *run) trip(v verdict, known bool) {
	if why, detail := r.breaker.call(v.state, known); why != "" {
		r.halt(why, detail)
	}
}

func (r *run) try(ctx context.Context, w *work, in *plan.Intent, c Call, again bool) Answer {
	if r.now().Sub(w.readAt) >= freshFor {
		if err := r.observe(ctx, w); err != nil {
			return Answer{NotSent: true, Withheld: err, Err: err}
		}
		others := slices.DeleteFunc(w.planned(), func(x plan.Intent) bool { return x.Seq == in.Seq })
		if what := moved(w.entry.Content.Have, w.seen, others); what != "" {
			return Answer{NotSent: true, Withheld: changedError(what)}
		}
	}
	if again {
		if err := r.announce(in); err != nil {
			return Answer{NotSent: true, Withheld: errors.New("not sent: the journal cannot be written")}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, callBudget)
	defer cancel()
	return r.Gateway.Do(ctx, c, r.guard(w, *in, again))
}

// announce records, before it does, that a call goes out once more: should this
// process die, the journal knows how late the last byte may have been.
func (r *run) announce(in *plan.Intent) error {
	now := r.now()
	err := r.Journal.Conclude(in.Seq, Outcome{
		At: now, State: plan.StateUnknown, OperationID: in.OperationID, Message: "about to be sent again under the same key",
		Sends: []Send{{At: now, Failure: "announced"}},
	})()
	if err != nil {
		r.broken(err)
		return err
	}
	in.State, in.StateAt, in.LastSendAt = plan.StateUnknown, now, now
	return nil
}

// A changedError says how a payment changed while its call waited to be sent.
type changedError string

func (e changedError) Error() string { return "the payment changed meanwhile: " + string(e) }

// withheld is the result of a call of which provably nothing was sent.
func (r *run) withheld(w *work, a plan.Action, answer Answer, res Result) Result {
	var changed changedError
	switch {
	case errors.As(answer.Withheld, &changed):
		return r.stale(w, a, string(changed))
	case r.over():
		return r.tooLate(w, a)
	}
	res.Status, res.Resumable, res.Hint = StatusSkipped, true, hintResume
	return res
}

// conclude records what became of an intent. The record is awaited before the
// next action of the payment and before the run ends.
func (r *run) conclude(w *work, in *plan.Intent, v verdict, a Answer) {
	in.State, in.StateAt = v.state, r.now()
	if v.made.ID != "" {
		in.OperationID, in.Code = v.made.ID, v.made.Code
	}
	for _, s := range a.Sends {
		if s.At.After(in.LastSendAt) {
			in.LastSendAt = s.At
		}
	}
	w.waits = append(w.waits, r.Journal.Conclude(in.Seq, Outcome{
		At: in.StateAt, State: v.state, OperationID: in.OperationID, Code: v.made.Code, Status: a.Status,
		ErrorID: a.ErrorID, Message: v.message, BodySHA: a.BodySHA, Sends: a.Sends,
	}))
}

// settle waits until everything concluded for a payment is durable.
func (r *run) settle(w *work) error {
	var errs []error
	for _, wait := range w.waits {
		errs = append(errs, wait())
	}
	w.waits = w.waits[:0]
	if err := errors.Join(errs...); err != nil {
		r.broken(err)
		return err
	}
	return nil
}

// read reads the payment, once it may, unless it was read within freshFor in
// this run.
func (r *run) read(ctx context.Context, w *work) error {
	if !w.readAt.IsZero() && r.now().Sub(w.readAt) < freshFor {
		return nil
	}
	release, err := r.pace.Acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	return r.observe(ctx, w)
}

// observe reads the payment within a call that may run.
func (r *run) observe(ctx context.Context, w *work) error {
	if err := r.pace.Wait(r.interrupt); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callBudget)
	defer cancel()
	at := r.now()
	o, err := r.Gateway.Observe(ctx, w.entry.Content.Payment)
	if err != nil {
		if why, detail := r.breaker.read(); why != "" {
			r.halt(why, detail)
		}
		return err
	}
	w.seen, w.readAt, w.readBy = o, at, r.now()
	return nil
}

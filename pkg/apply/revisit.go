package apply

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// page is how many accepted intents are read from the journal at a time.
const page = 512

// Revisit looks again at every call that the platform took and has not settled
// as far as the journal knows, and records what became of it since: an
// acceptance can become a refusal. It sends nothing that moves money. Every such
// call is reported, the ones still in progress too.
func (x *Executor) Revisit(ctx context.Context) (Summary, error) {
	r := x.newRun(ctx, plan.Header{}, PlanRecord{})
	r.each = r.visit
	if err := r.inTime(); err != nil {
		return r.sum, err
	}
	err := r.drive(context.WithoutCancel(ctx), r.accepted(ctx), r.halted, func(*work) bool { return true })
	if r.crash != "" {
		panic(r.crash)
	}
	r.sum.Finished, r.sum.Stopped = r.now(), string(r.stopped)
	r.sum.Credential, r.sum.Interrupt = r.stopped == stopCredentials, r.stopped == stopInterrupt
	return r.sum, joined(err, r.fatal)
}

// accepted yields a work for the accepted calls of a payment that stand side by
// side in the journal.
func (r *run) accepted(ctx context.Context) iter.Seq2[*work, error] {
	return func(yield func(*work, error) bool) {
		for after := int64(0); ; {
			intents, err := r.Journal.Accepted(ctx, after, page)
			if err != nil {
				yield(nil, fmt.Errorf("read the journal: %w", err))
				return
			}
			for i := 0; i < len(intents); {
				first := &intents[i]
				e := &plan.Entry{Content: plan.Content{Payment: spec.PaymentID(first.Payment), Currency: first.Currency}}
				w := &work{entry: e}
				for ; i < len(intents) && intents[i].Payment == first.Payment; i++ {
					after = intents[i].Seq
					w.visits = append(w.visits, after)
				}
				if !yield(w, nil) {
					return
				}
			}
			if len(intents) < page {
				return
			}
		}
	}
}

// visit reads a payment and reports what became of its calls.
func (r *run) visit(ctx context.Context, w *work) bool {
	err := r.read(ctx, w)
	if refused := asCredential(err); refused != nil {
		r.halt(stopCredentials, refused.Error())
	}
	if err == nil {
		r.follow(w)
		err = r.settle(w)
	}
	for i := range w.own {
		in := &w.own[i]
		if !slices.Contains(w.visits, in.Seq) {
			continue
		}
		res := openResult(in, "")
		res.Status, res.Hint, res.MerchantReference, res.Authorized = statusOf(in.State), "", w.seen.MerchantReference, w.seen.Authorized
		switch {
		case err != nil:
			res.Status, res.Unread, res.Message = StatusAccepted, true, "the payment could not be read again: "+err.Error()
		case in.State == plan.StateRefused:
			res.Message, res.Hint = refusedSince(in), hintAttempt
		}
		r.report(res)
	}
	return true
}

const hintAttempt = "plan again to try it as a new attempt, or change what is declared"

// refusedSince says that an acceptance became a refusal.
func refusedSince(in *plan.Intent) string {
	return fmt.Sprintf("the platform accepted it and refused it afterwards (operation %s, status %d)", in.OperationID, in.Code)
}

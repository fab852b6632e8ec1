package apply

import (
	"context"
	"errors"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

func (r *run) result(w *work, a plan.Action) Result {
	c := w.entry.Content
	return Result{
		Payment: c.Payment, MerchantReference: c.Have.MerchantReference, Currency: c.Currency,
		Authorized: c.Have.Authorized, Source: w.entry.Source, Action: a,
	}
}

func (r *run) skip(w *work, a plan.Action, why string) Result {
	res := r.result(w, a)
	res.Status, res.Message, res.Resumable = StatusSkipped, why, true
	res.Hint = hintResume
	return res
}

const hintResume = "run payreconcile resume to go on"

// tooLate is the result of a call that an expired plan did not get to. A resume
// does not make it either.
func (r *run) tooLate(w *work, a plan.Action) Result {
	res := r.result(w, a)
	res.Status, res.Message, res.Hint = StatusSkipped, "not sent: "+string(stopExpired), "plan again"
	return res
}

// behind is the result of a call that waits for one which fell.
func (r *run) behind(w *work, a plan.Action, what string) Result {
	res := r.result(w, a)
	res.Status, res.Message, res.Hint = StatusSkipped, "not sent: "+what, "plan again"
	return res
}

func (r *run) stale(w *work, a plan.Action, what string) Result {
	res := r.result(w, a)
	res.Status, res.Message = StatusStale, "changed since the plan: "+what
	res.Hint = "plan again"
	return res
}

// unread is the result of an action whose payment could not be read: nothing
// was sent, and a resume may.
func (r *run) unread(w *work, a plan.Action, err error) Result {
	if refused := asCredential(err); refused != nil {
		r.halt(stopCredentials, refused.Error())
	}
	if r.barred() && errors.Is(err, context.Canceled) {
		return r.skip(w, a, "not sent: "+string(r.why()))
	}
	res := r.skip(w, a, "not sent: the payment could not be read: "+err.Error())
	res.Unread = true
	return res
}

// A CredentialError is an answer that says who we are is not accepted. A
// Gateway wraps it into the errors of Observe.
type CredentialError struct{ Err error }

func (e *CredentialError) Error() string { return e.Err.Error() }

// asCredential returns the CredentialError that err wraps, nil for none.
func asCredential(err error) *CredentialError {
	var refused *CredentialError
	errors.As(err, &refused)
	return refused
}

// Unwrap returns the transport's error.
func (e *CredentialError) Unwrap() error { return e.Err }

func statusOf(s plan.State) Status {
	switch s {
	case plan.StateAccepted:
		return StatusAccepted
	case plan.StateSettled:
		return StatusSettled
	case plan.StateRefused:
		return StatusRefused
	case plan.StateWithdrawn:
		return StatusSkipped
	case plan.StateIntended, plan.StateUnknown:
	}
	return StatusUnknown
}

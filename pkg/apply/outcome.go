package apply

import (
	"fmt"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A verdict is what an answer means for the call it answers.
type verdict struct {
	state   plan.State // "" when only a look at the payment can tell
	made    plan.Operation
	message string
	stop    stopReason // the run must not go on
}

// failed reports that an answer which leaves the outcome open shows a platform
// that is not well: it is none, or not a 2xx.
func (v verdict) failed(a Answer) bool { return v.state == "" && (a.Status < 200 || a.Status >= 300) }

// judge says what an answer means, by this table. again is whether the same
// key may have been sent before, in another call whose answer nobody knows.
//
//	no byte left this process             withdrawn
//	2xx, echo equal                       by its status: accepted, settled, refused, unknown
//	2xx, echo missing; any 2xx to cancel  look at the payment
//	2xx, echo different                   unknown, and the run stops: money moved wrong
//	401, 403                              unknown, and the run stops: credentials
//	4xx with an API error                 refused if it answers the only send ever made
//	                                      or is a stored answer; else look at the payment
//	408, 409, 425, 429                    look at the payment
//	anything else, or nothing             look at the payment
func judge(c Call, a Answer, again bool) verdict {
	only := len(a.Sends) == 1 && !again
	switch {
	case (a.NotSent || len(a.Sends) == 0) && !again:
		return verdict{state: plan.StateWithdrawn, message: notSent(a)}
	case a.NotSent || len(a.Sends) == 0:
		return verdict{state: plan.StateUnknown, message: notSent(a)}
	case a.Withheld != nil:
		return verdict{message: noAnswer(a)}
	case a.Status >= 200 && a.Status < 300:
		return judgeMade(c, a)
	case a.Status == 401 || a.Status == 403:
		return verdict{
			state: plan.StateUnknown, stop: stopCredentials,
			message: fmt.Sprintf("the platform refused our credentials (HTTP %d)", a.Status),
		}
	case refuses(a.Status) && a.APIError && (only || !a.Replayed.IsZero()) && !contradicts(c, a.Made):
		v := verdict{state: plan.StateRefused, message: refusal(a)}
		if a.Made != nil && spec.BaseOf(a.Made.ID) == c.Payment.Base() {
			v.made = *a.Made
		}
		return v
	}
	return verdict{message: noAnswer(a)}
}

// refuses reports that an error status, with an error of the API, says no for
// good.
func refuses(status int) bool {
	switch status {
	case 408, 409, 425, 429:
		return false
	}
	return status >= 400 && status < 500
}

// contradicts reports that an answer which says no names an operation that
// stands, or may.
func contradicts(c Call, made *plan.Operation) bool {
	if made == nil {
		return false
	}
	s := plan.StandingOf(c.Op, made.Code)
	return s == plan.Settled || s == plan.Requested || s == plan.Uncertain
}

func judgeMade(c Call, a Answer) verdict {
	if a.Made == nil {
		return verdict{message: "the platform's answer does not say what was made"}
	}
	m := *a.Made
	if spec.BaseOf(m.ID) != c.Payment.Base() {
		return wrong(m, fmt.Sprintf("operation %q, which is not of payment %s", m.ID, c.Payment))
	}
	if c.Op == spec.Cancel {
		return verdict{message: "the answer to a cancel does not say what was cancelled"}
	}
	if what := differs(c, m); what != "" {
		return wrong(m, what)
	}
	if plan.IsFirst(m.ID) {
		return verdict{message: "the platform's answer names the authorisation and not what was made"}
	}
	v := verdict{made: m}
	standing := plan.StandingOf(c.Op, m.Code)
	if m.Rejected && standing == plan.Undefined {
		standing = plan.Refused
	}
	switch {
	case m.Rejected && standing != plan.Refused:
		v.state, v.message = plan.StateUnknown, fmt.Sprintf("the platform's answer contradicts itself: rejected, with status %d", m.Code)
	case standing == plan.Settled:
		v.state = plan.StateSettled
	case standing == plan.Requested:
		v.state = plan.StateAccepted
	case standing == plan.Refused:
		v.state, v.message = plan.StateRefused, fmt.Sprintf("the platform refused it (status %d)", m.Code)
	case standing == plan.Uncertain:
		v.state, v.message = plan.StateUnknown, fmt.Sprintf("the platform itself is not certain (status %d)", m.Code)
	default:
		v.state, v.message = plan.StateUnknown, fmt.Sprintf("the platform answered with status %d, which is not described for a %s", m.Code, c.Op)
	}
	return v
}

// wrong is the verdict on a call in whose place the platform made something
// else. It is never sent again, and nothing else is either.
func wrong(m plan.Operation, what string) verdict {
	return verdict{
		state: plan.StateUnknown, stop: stopWrong, made: m,
		message: "the platform says that it made something else: " + what,
	}
}

// differs compares what was asked with what the platform says it made. What
// the answer leaves out is not compared, except the amount.
func differs(c Call, m plan.Operation) string {
	switch {
	case m.Amount != c.Amount.Minor || (m.Currency != "" && m.Currency != c.Amount.Currency):
		return fmt.Sprintf("%s instead of %s", spec.Money{Minor: m.Amount, Currency: m.Currency}, c.Amount)
	case m.Ref != "" && m.Ref != c.Ref:
		return fmt.Sprintf("reference %q instead of %q", m.Ref, c.Ref)
	}
	return ""
}

// judgeSeen says what an operation that a read shows under our name means.
func judgeSeen(o plan.Operation) verdict {
	v := verdict{made: o}
	switch o.Standing {
	case plan.Settled:
		v.state = plan.StateSettled
	case plan.Requested:
		v.state = plan.StateAccepted
	case plan.Refused:
		v.state, v.message = plan.StateRefused, fmt.Sprintf("the platform refused it (operation %s, status %d)", o.ID, o.Code)
	case plan.Uncertain, plan.Undefined:
		v.state, v.message = plan.StateUnknown, fmt.Sprintf("the platform itself is not certain (operation %s, status %d)", o.ID, o.Code)
	}
	return v
}

func refusal(a Answer) string {
	what := strings.Join(a.Errors, ", ")
	if what == "" {
		what = "no reason given"
	}
	return fmt.Sprintf("the platform refused it: %s (HTTP %d)", what, a.Status)
}

func notSent(a Answer) string {
	switch {
	case a.Withheld != nil:
		return a.Withheld.Error()
	case a.Err != nil:
		return a.Err.Error()
	}
	return "nothing was sent"
}

func noAnswer(a Answer) string {
	times := "1 send"
	if n := len(a.Sends); n != 1 {
		times = fmt.Sprintf("%d sends", n)
	}
	switch {
	case a.Status == 0:
		return "no answer after " + times
	case a.APIError && len(a.Errors) > 0:
		return fmt.Sprintf("no usable answer after %s: %s (HTTP %d)", times, strings.Join(a.Errors, ", "), a.Status)
	case a.Err != nil:
		return fmt.Sprintf("no usable answer after %s: %v", times, a.Err)
	}
	return fmt.Sprintf("no usable answer after %s (HTTP %d)", times, a.Status)
}

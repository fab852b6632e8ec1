package apply

import (
	"fmt"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An Event is what the platform says by itself of an operation, in a webhook.
// What it leaves out is the zero value of its field.
type Event struct {
	Identity    string    // of the event and its duplicates
	ID          string    // the platform's
	Type        string    // such as payment.captured
	Created     time.Time // by the platform's clock
	Payment     string    // canonical base id; "" of an event about no payment
	OperationID string
	Code        int // status code; meaningful with HasCode
	HasCode     bool
	Amount      spec.Money
	Ref         string // the reference sent with the operation, not that of the order
	Received    time.Time
	BodySHA     [32]byte // of the body as it came
}

// An EventVerdict says what an event means for the calls of a journal.
type EventVerdict struct {
	Intent  int64      // number of the intent that it is about; 0 when it is about none
	State   plan.State // what the intent becomes; "" when the event is evidence only
	Alarm   bool       // the event denies what the journal knows: a person should look
	Message string     // for people
}

// eventSlack is how far the platform's clock may be from ours before an event
// that is older than what the journal knows is told from one that is not.
const eventSlack = 5 * time.Minute

// JudgeEvent says what an event means, given all intents of its payment, oldest
// first.
//
//	accepted, and it settled             settled
//	accepted, and it was refused         refused
//	accepted, and anything else          evidence
//	accepted, and another amount         evidence, and an alarm
//	in doubt                             evidence: only a look at the payment settles doubt
//	settled, refused, withdrawn          evidence, and an alarm when it says the opposite
//
// An event is about the intent whose operation it names. One that names another
// operation and carries an intent's reference is about that intent as long as
// nobody knows the intent's operation. An event never begins a call and never
// lets one be made again.
func JudgeEvent(e Event, own []plan.Intent) EventVerdict {
	in := e.about(own)
	if in == nil {
		return EventVerdict{Message: "of no call in this journal"}
	}
	v := EventVerdict{Intent: in.Seq}
	standing := plan.Undefined
	if e.HasCode {
		standing = plan.StandingOf(in.Op, e.Code)
	}
	switch {
	case !e.HasCode:
		v.Message = "it has no status"
	case standing == plan.Undefined:
		v.Message = fmt.Sprintf("status %d is not described for a %s", e.Code, in.Op)
	case e.differs(*in) != "":
		v.Alarm, v.Message = true, e.differs(*in)
	default:
		e.follow(&v, *in, standing)
	}
	return v
}

// about returns the intent that an event is about, nil when it is none.
func (e Event) about(own []plan.Intent) *plan.Intent {
	for i := len(own) - 1; i >= 0; i-- {
		if own[i].OperationID != "" && plan.SameOperation(own[i].OperationID, e.OperationID) {
			return &own[i]
		}
	}
	for i := len(own) - 1; i >= 0 && e.Ref != "" && e.HasCode; i-- {
		in := &own[i]
		if in.OperationID == "" && in.Ref == e.Ref && plan.StandingOf(in.Op, e.Code) != plan.Undefined {
			return in
		}
	}
	return nil
}

// differs says what an event shows otherwise than it was asked for. The amount
// in an event about a cancel is that of the payment.
func (e Event) differs(in plan.Intent) string {
	a := e.Amount
	switch {
	case a.Currency == "":
		return ""
	case a.Currency != in.Currency,
		in.Op == spec.Cancel && a.Minor < in.Amount,
		in.Op != spec.Cancel && a.Minor != in.Amount:
		return fmt.Sprintf("it shows %s and not %s", a, spec.Money{Minor: in.Amount, Currency: in.Currency})
	case e.Ref != "" && e.Ref != in.Ref:
		return fmt.Sprintf("it shows reference %q and not %q", e.Ref, in.Ref)
	}
	return ""
}

// follow says what an event means for an intent whose amount it confirms.
func (e Event) follow(v *EventVerdict, in plan.Intent, standing plan.Standing) {
	to := plan.StateSettled
	if standing == plan.Refused {
		to = plan.StateRefused
	}
	switch last := standing == plan.Settled || standing == plan.Refused; {
	case in.Open():
		v.Message = "the call is in doubt, which an event alone does not settle: run payreconcile resume"
	case !last:
		v.Message = "the platform is still at work on it, or is not certain itself"
	case in.State == to:
		v.Message = "known already"
	case in.State != plan.StateAccepted:
		v.Alarm, v.Message = true, fmt.Sprintf("the journal has the call as %s: look at the payment", in.State)
	case e.Amount.Currency == "":
		v.Message = "it does not say how much: payreconcile resume looks at the payment"
	case e.Created.IsZero():
		v.Message = "it does not say when: payreconcile resume looks at the payment"
	case e.Created.Add(eventSlack).Before(in.StateAt):
		v.Message = fmt.Sprintf("it is older than what the journal knows, of %s: payreconcile resume looks at the payment", in.StateAt.UTC().Format(time.RFC3339))
	default:
		v.State, v.Message = to, e.word(to)
	}
}

// word is what goes on record with a state that an event led to.
func (e Event) word(to plan.State) string {
	if to == plan.StateRefused {
		return fmt.Sprintf("the platform accepted it and refused it afterwards (operation %s, status %d), by webhook %s (%s)", e.OperationID, e.Code, e.ID, e.Type)
	}
	return fmt.Sprintf("settled by webhook %s (%s)", e.ID, e.Type)
}

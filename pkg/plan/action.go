package plan

import "github.com/payreconcile/payreconcile/pkg/spec"

// A Kind says what an action does.
type Kind string

// The kinds of action. The first three are calls; the others make none.
const (
	Capture  Kind = "capture"
	Cancel   Kind = "cancel"
	Refund   Kind = "refund"
	Pending  Kind = "pending"  // the platform is still working on it: look again later
	Deferred Kind = "deferred" // possible only after another action of this payment
	Blocked  Kind = "blocked"  // cannot be reached, or not safe
)

// Calls reports that an action of this kind is a call that moves money.
func (k Kind) Calls() bool { return k == Capture || k == Cancel || k == Refund }

// An Action is one call that apply would make for a payment or, when Kind is
// Pending, Deferred or Blocked, the reason that there is no such call. Amounts
// are minor units of the entry's currency. The fields stand in the order of
// their JSON names, which is the order in the plan file.
type Action struct {
	After     int64   `json:"after"`               // total of Op, settled and requested, once this is done
	Amount    int64   `json:"amount"`              // what the call moves, or would
	Attempt   int     `json:"attempt,omitempty"`   // of calls and deferred calls: 1 unless an earlier one was refused; reviewed, never raised by apply
	Before    int64   `json:"before"`              // total of Op before it
	Final     bool    `json:"final,omitempty"`     // of captures: what is not captured is released
	Hint      string  `json:"hint,omitempty"`      // what a person can do
	Key       Key     `json:"key,omitempty"`       // of calls, and of deferred calls that an apply can make later
	Kind      Kind    `json:"kind"`                //
	Message   string  `json:"message,omitempty"`   // of non-calls: one sentence for a person; of a later attempt: what became of the one before
	Note      string  `json:"note,omitempty"`      // of refunds: the reason that the platform's portal shows
	Op        spec.Op `json:"op,omitempty"`        // what it is about; "" when it concerns the whole payment
	Operation string  `json:"operation,omitempty"` // the platform's id, where one is concerned
	Reason    Reason  `json:"reason,omitempty"`    // of non-calls
	Ref       string  `json:"ref,omitempty"`       //
	Undo      Undo    `json:"undo,omitempty"`      // of calls
}

// An Undo says what can be done about a call after it was made.
type Undo string

// What can be done about a call.
const (
	UndoRefund Undo = "compensable by refund" // a capture: money goes back only by a refund
	UndoNone   Undo = "final"                 // a refund, a cancel, a final capture's release
)

// undoOf labels a call: nothing that was sent can be taken back, but a capture
// that leaves the authorisation open loses nothing a refund cannot return.
func undoOf(k Kind, final bool) Undo {
	if k == Capture && !final {
		return UndoRefund
	}
	return UndoNone
}

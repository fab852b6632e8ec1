package plan

import (
	"time"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An Env names what a plan is made for. It is part of every key, so that equal
// intents for two environments never share one.
type Env struct {
	Name        string      // "test", "live", or the name configured for another endpoint
	Merchant    string      // merchant id (PSPID) in the paths of the API
	CaptureUnit CaptureUnit // how the platform reads capture.amount where the exponent is not 2
	RefundOpen  bool        // refunds are allowed while a capture is not final
}

// A CaptureUnit says how the platform reads the amount of a capture in a
// currency whose exponent is not 2. The public contract contradicts itself
// here, so there is no default: such captures are Blocked until it is set.
type CaptureUnit string

// The two readings of capture.amount.
const (
	CaptureUnitUnset      CaptureUnit = ""
	CaptureUnitMinor      CaptureUnit = "minor"      // 1234 is JPY 1234
	CaptureUnitHundredths CaptureUnit = "hundredths" // 1234 is JPY 12.34, written as two decimals
)

// Known is what the journal holds about one payment: every intent ever
// recorded for it, oldest first. The zero Known is a payment never touched.
type Known struct {
	Env     Env
	Intents []Intent
}

// A State is where an intent stands in the journal.
//
//	intended → accepted | settled | refused | unknown | withdrawn
//	unknown  → accepted | settled | refused
//	accepted → settled | refused
//
// An intent without an outcome may have been sent.
type State string

// The states of an intent.
const (
	StateIntended  State = "intended"
	StateAccepted  State = "accepted"
	StateSettled   State = "settled"
	StateRefused   State = "refused"
	StateUnknown   State = "unknown"
	StateWithdrawn State = "withdrawn" // provably no byte left this process
)

// An Intent is one call that was decided on, with what became of it.
type Intent struct {
	Seq         int64   // the journal's number of the intent
	Payment     string  // canonical base id
	Op          spec.Op // capture, cancel or refund
	Ref         string  // the item's ref, or the derived ref of a total
	Amount      int64   // minor units of Currency
	Currency    spec.Currency
	Final       bool
	Attempt     int
	Key         Key
	PlanID      string
	At          time.Time // when the intent was written: before the first byte was sent
	LastSendAt  time.Time // when the last known send began; zero when none is recorded
	State       State
	StateAt     time.Time
	OperationID string      // what the platform called it; "" when it never said
	Code        int         // status code of the last outcome, 0 when none
	Message     string      // what the journal says of the last outcome, for people
	Absent      []time.Time // complete reads that did not show it, for the conclusive look-up
}

// Open reports that nobody knows whether the call moved money. A state that
// this version does not know is open as well.
func (i Intent) Open() bool {
	switch i.State {
	case StateAccepted, StateSettled, StateRefused, StateWithdrawn:
		return false
	case StateIntended, StateUnknown:
	}
	return true
}

// Made reports that the platform said it took the call.
func (i Intent) Made() bool { return i.State == StateAccepted || i.State == StateSettled }

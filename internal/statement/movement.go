package statement

import (
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Column is where planned money stands. Every movement is in exactly one.
type Column int

// The columns, in the order in which they are shown.
const (
	Settled  Column = iota // the platform carried it out
	Accepted               // the platform took it and is working on it
	Refused                // the platform said no: no money moved
	InDoubt                // nobody knows whether money moved
	NotSent                // no call was made
	Columns                // how many there are
)

var columnTexts = [Columns]string{"settled", "accepted", "refused", "in doubt", "not sent"}

// String is the name of the column, for people.
func (c Column) String() string { return columnTexts[c] }

// An Agreement says how the journal and the platform stand to each other about
// a movement.
type Agreement int

// The agreements, the gravest first.
const (
	Differs     Agreement = iota // they contradict each other, or the platform cannot be compared
	Unconfirmed                  // a person settled it by word, and the platform shows nothing that would be it
	Further                      // the platform has come further than the journal has on record
	Agrees                       // they say the same
	NotCompared                  // the platform was not read
	Agreements                   // how many there are
)

var agreementTexts = [Agreements]string{"no", "by word", "further", "yes", "not compared"}

// String is the agreement in a word or two, for people.
func (a Agreement) String() string { return agreementTexts[a] }

// A Movement is one thing that a plan meant to do with money, with what became
// of it. Amounts are minor units of Currency.
type Movement struct {
	Payment           spec.PaymentID
	MerchantReference string
	Source            string // where it was declared: file:line
	Kind              spec.Op
	Ref               string
	Attempt           int
	Currency          spec.Currency
	Planned           int64 // as the plan says; 0 when it plans no money of its own
	Amount            int64 // what stands in Column: of the journal's record, if there is one
	Column            Column
	Why               string // of what was not sent, and of what is not planned: for programs
	Note              string // a sentence for a person
	Journal           Recorded
	Platform          Shown
	Call              bool // the plan makes it at once, and its footer adds it up
	Agreement         Agreement
	Difference        string // a sentence; "" when they agree
}

// Recorded is what the journal holds of a movement; the zero Recorded is
// nothing.
type Recorded struct {
	Intent, Outcome int64 // numbers of its records; 0 is none
	State           plan.State
	StateAt         time.Time
	OperationID     string
	Code            int
	Message         string
	Word            string // who settled it by word, and why; "" when nobody did
	Key             plan.Key
}

// A Sight says what a read showed of a movement.
type Sight string

// What a read can show.
const (
	SightNone       Sight = ""            // the platform was not read
	SightShown      Sight = "shown"       // the operation that is this movement
	SightNothing    Sight = "not_shown"   // the payment, without such an operation
	SightUnknown    Sight = "unknown"     // the platform does not know the payment
	SightUnreadable Sight = "unreadable"  // what it shows of the payment cannot be understood
	SightOther      Sight = "other_thing" // an operation under our name that is something else
)

// Shown is what the platform shows of a movement now.
type Shown struct {
	At          time.Time // when it was read
	Sight       Sight
	OperationID string
	Code        int
	Standing    plan.Standing
	Amount      int64
	Text        string // of what cannot be understood
}

// Reasons for what was not sent, beside those of the plan's own actions.
const (
	WhyWithdrawn  = "withdrawn"      // it was decided on, and no byte left the process
	WhyElsewhere  = "other_plan"     // another plan made the same call
	WhyUnfinished = "not_yet"        // the run is not finished: a resume may still send it
	WhySuperseded = "superseded"     // another plan was begun in its place
	WhyUnsent     = "skipped"        // the run ended without it
	WhyForeign    = "not_in_plan"    // the journal has a call of the plan that the plan does not have
	WhyNoMoney    = "no_money_of_it" // the plan names money that this run did not mean to move
)

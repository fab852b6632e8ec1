package apply

import (
	"fmt"
	"math"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Status says what became of one action of a plan.
type Status string

// What can become of an action.
const (
	StatusAccepted Status = "accepted" // taken by the platform, not settled yet
	StatusSettled  Status = "settled"
	StatusRefused  Status = "refused" // by the platform: no money moved
	StatusUnknown  Status = "unknown" // nobody knows: resume
	StatusStale    Status = "stale"   // the payment changed since the plan: nothing was sent
	StatusSkipped  Status = "skipped" // nothing was sent; Message says why
	StatusPending  Status = "pending"
	StatusDeferred Status = "deferred"
	StatusBlocked  Status = "blocked"
)

// A Result is what became of one action.
type Result struct {
	Payment           spec.PaymentID
	MerchantReference string
	Currency          spec.Currency
	Authorized        int64
	Source            string
	Action            plan.Action
	Status            Status
	Earlier           bool // known from an earlier run, or found by a look at what an earlier run left open
	Resumable         bool // skipped, and a resume may still send it
	Unread            bool // the payment could not be read
	OperationID       string
	Message, Hint     string
	ErrorID           string // the platform's, for its support
}

// A Summary is what became of a run.
type Summary struct {
	PlanID     string
	Started    time.Time
	Finished   time.Time
	Payments   int64 // looked at
	Counts     map[Status]int64
	Money      []Moved
	Unsent     int64 // calls of the plan that a resume may still send
	Credential bool  // the platform refused our credentials
	Stopped    string
	Interrupt  bool  // and something of the plan is left
	Late       int64 // payments that were still waited for when the waiting ended
	Complete   bool  // nothing of the plan is left to be resumed
}

// Moved is money by currency, kind and status.
type Moved struct {
	Currency spec.Currency
	Op       spec.Op
	Status   Status
	Count    int64
	Amount   int64
}

// went reports that the platform has the call.
func (r Result) went() bool { return r.Status == StatusAccepted || r.Status == StatusSettled }

// failed reports that this run could not do what it was to do.
func (r Result) failed() bool {
	return !r.Earlier && (r.Unread || r.Status == StatusRefused || r.Status == StatusUnknown || r.Status == StatusStale)
}

// move adds the money of a result. A sum that is too large to be counted stays
// at the largest number; a plan that adds up has none.
func (s *Summary) move(x Result) {
	for i := range s.Money {
		m := &s.Money[i]
		if m.Currency == x.Currency && m.Op == x.Action.Op && m.Status == x.Status {
			m.Count++
			m.Amount += min(x.Action.Amount, math.MaxInt64-m.Amount)
			return
		}
	}
	s.Money = append(s.Money, Moved{Currency: x.Currency, Op: x.Action.Op, Status: x.Status, Count: 1, Amount: x.Action.Amount})
}

// Line is the summary in one line, for the journal.
func (s Summary) Line() string {
	return fmt.Sprintf("%d settled, %d accepted, %d refused, %d unknown, %d stale, %d skipped, %d blocked",
		s.Counts[StatusSettled], s.Counts[StatusAccepted], s.Counts[StatusRefused], s.Counts[StatusUnknown],
		s.Counts[StatusStale], s.Counts[StatusSkipped], s.Counts[StatusBlocked])
}

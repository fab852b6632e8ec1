package plan

import (
	"time"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An Entry is one payment of a plan: what is wanted, what was observed, and
// what is to be done about the difference. An Entry without actions is settled
// as declared.
type Entry struct {
	Source     string    // where it was declared: file:line
	ObservedAt time.Time // when Have was read
	Content    Content
}

// Content is the part of an entry that the plan's content_id covers: the same
// world gives the same bytes on any machine.
type Content struct {
	Actions  []Action       `json:"actions,omitempty"`
	Currency spec.Currency  `json:"currency"`
	Drift    []Drift        `json:"drift,omitempty"`
	Have     Observed       `json:"have"`
	Labels   Labels         `json:"labels,omitempty"` // of the manifest
	Payment  spec.PaymentID `json:"payment"`          // as declared; what is sent
	Want     Want           `json:"want"`
}

// Labels are what a manifest says about all its payments, for policies and for
// people. Nothing writes to them.
type Labels map[string]string

// A Drift is something that happened to our own earlier calls since the
// journal last knew.
type Drift struct {
	Kind      string  `json:"kind"` // "refused_after_acceptance"
	Op        spec.Op `json:"op"`
	Operation string  `json:"operation"`
	Ref       string  `json:"ref,omitempty"`
}

// Want is what the manifest declares for the payment, as far as it decides
// what is done. Totals are nil where the kind is not managed; "all" is what it
// came to.
type Want struct {
	Authorized        int64  `json:"authorized,omitempty"`
	Cancelled         *int64 `json:"cancelled,omitempty"`
	Captured          *int64 `json:"captured,omitempty"`
	MerchantReference string `json:"merchant_reference,omitempty"`
	Refunded          *int64 `json:"refunded,omitempty"`
}

// Calls returns how many calls the entry makes.
func (e *Entry) Calls() (n int) {
	for _, a := range e.Content.Actions {
		if a.Kind.Calls() {
			n++
		}
	}
	return n
}

// Blocked returns the first action that is Blocked for one of the reasons, or
// for any when none is given.
func (e *Entry) Blocked(reasons ...Reason) (Action, bool) {
	for _, a := range e.Content.Actions {
		if a.Kind != Blocked {
			continue
		}
		for _, r := range reasons {
			if a.Reason == r {
				return a, true
			}
		}
		if len(reasons) == 0 {
			return a, true
		}
	}
	return Action{}, false
}

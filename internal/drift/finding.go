// Package drift compares what was last applied, what the journal holds and what
// the platform shows, and finds what does not fit together: what others did,
// what became of our own calls since, and what is declared and not there.
package drift

import (
	"slices"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Code says what a finding is about, for programs. The set only grows.
type Code string

// The codes, the most pressing first.
const (
	InDoubt        Code = "in_doubt"                 // nobody knows whether our call moved money
	Duplicate      Code = "duplicate_on_platform"    // two live operations under one reference
	UnknownPayment Code = "unknown_payment"          // the platform does not know the payment
	Missing        Code = "missing"                  // our settled operation is not shown any more
	Differs        Code = "differs"                  // our operation is shown as another one
	Others         Code = "others"                   // an operation that is not ours
	Refused        Code = "refused_after_acceptance" // our accepted call was refused afterwards
	Uncertain      Code = "uncertain"                // the platform does not know what became of our operation
	Unreadable     Code = "unreadable"               // the payment cannot be added up
	Mismatch       Code = "mismatch"                 // it is another payment than the manifest means
	Late           Code = "late"                     // accepted or pending for too long
	Exceeded       Code = "exceeded"                 // more than is declared
	NotReached     Code = "not_reached"              // less than is declared
)

// Codes are all codes, the most pressing first.
var Codes = []Code{
	InDoubt, Duplicate, UnknownPayment, Missing, Differs, Others, Refused, Uncertain, Unreadable, Mismatch, Late, Exceeded, NotReached,
}

// A Severity says how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // money may have gone another way than it should
	Warning Severity = "warning" // something is not through, or not as it is declared
)

// Severity returns how bad a finding of this code is.
func (c Code) Severity() Severity {
	switch c { //nolint:exhaustive // the others are errors
	case Uncertain, Late, Exceeded, NotReached:
		return Warning
	}
	return Error
}

// rank is where a code stands among Codes.
func (c Code) rank() int { return slices.Index(Codes, c) }

// A Finding is one thing about a payment that does not fit. Its texts may hold
// what others wrote, and are not cleaned. Amount is in minor units; what it is
// the amount of depends on the code: what may have moved, the operation, or how
// much is too much or too little.
type Finding struct {
	Code              Code           `json:"code"`
	Payment           spec.PaymentID `json:"payment"`
	MerchantReference string         `json:"merchant_reference,omitempty"`
	Op                spec.Op        `json:"op,omitempty"`        // "" when it is about the whole payment
	Operation         string         `json:"operation,omitempty"` // the platform's id, where one is known
	Ref               string         `json:"ref,omitempty"`
	Status            int            `json:"status,omitempty"` // status code of the operation as read; 0 when none was
	Amount            int64          `json:"amount,omitempty"`
	Currency          spec.Currency  `json:"currency,omitempty"`
	Message           string         `json:"message"` // one sentence
	Hint              string         `json:"hint"`    // what a person can do
	PlanID            string         `json:"plan_id,omitempty"`
	Source            string         `json:"source,omitempty"` // where the payment was declared
}

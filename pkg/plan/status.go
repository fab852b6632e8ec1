package plan

import "github.com/payreconcile/payreconcile/pkg/spec"

// A Standing says how far an operation of the platform has come.
type Standing string

// The standings of an operation.
const (
	Requested Standing = "requested" // accepted, not through yet
	Settled   Standing = "settled"
	Refused   Standing = "refused"   // moved nothing, may be tried again
	Uncertain Standing = "uncertain" // the platform itself does not know
	Undefined Standing = "undefined" // a code that nobody has described
)

// authorization is the kind of the operation that opens a payment. It is not
// an Op: no manifest declares it and no plan makes it.
const authorization spec.Op = "authorization"

// A status is what one status code of an operation means.
type status struct {
	op       spec.Op
	standing Standing
}

// statuses is the one table from status codes to meaning. A code that is not
// in it makes the payment unreadable, whatever category comes with it.
//
//	code          kind           standing
//	0 46 50 51 55 authorization  requested: the customer or the acquirer is at work
//	52            authorization  uncertain
//	5             authorization  settled: money is reserved
//	1 2 57 59     authorization  refused, or given up by the customer
//	9             capture        settled
//	4 91 99       capture        requested
//	92            capture        uncertain
//	93            capture        refused: the authorisation stands as before
//	6 64 75       cancel         settled
//	61            cancel         requested
//	62            cancel         uncertain
//	63            cancel         refused
//	7 8 85        refund         settled
//	71 81         refund         requested
//	72 82         refund         uncertain
//	73 83         refund         refused: the money stays captured
//
// 56 is missing on purpose: clients disagree on what it means.
var statuses = map[int]status{
	0: {authorization, Requested}, 46: {authorization, Requested}, 50: {authorization, Requested},
	51: {authorization, Requested}, 55: {authorization, Requested}, 52: {authorization, Uncertain},
	5: {authorization, Settled},
	1: {authorization, Refused}, 2: {authorization, Refused}, 57: {authorization, Refused}, 59: {authorization, Refused},

	9: {spec.Capture, Settled}, 4: {spec.Capture, Requested}, 91: {spec.Capture, Requested},
	99: {spec.Capture, Requested}, 92: {spec.Capture, Uncertain}, 93: {spec.Capture, Refused},

	6: {spec.Cancel, Settled}, 64: {spec.Cancel, Settled}, 75: {spec.Cancel, Settled},
	61: {spec.Cancel, Requested}, 62: {spec.Cancel, Uncertain}, 63: {spec.Cancel, Refused},

	7: {spec.Refund, Settled}, 8: {spec.Refund, Settled}, 85: {spec.Refund, Settled},
	71: {spec.Refund, Requested}, 81: {spec.Refund, Requested},
	72: {spec.Refund, Uncertain}, 82: {spec.Refund, Uncertain},
	73: {spec.Refund, Refused}, 83: {spec.Refund, Refused},
}

// StandingOf returns what a status code means for an operation of kind op. A
// code of another kind is Undefined: an answer to a capture that speaks of a
// refund has not been understood.
func StandingOf(op spec.Op, code int) Standing {
	if s, ok := statuses[code]; ok && s.op == op {
		return s.standing
	}
	return Undefined
}

// contradicts reports that a category denies what the code says. Categories
// only confirm; they differ between answers for the same state, so that only
// the plain opposites count.
func (s status) contradicts(category string) bool {
	switch {
	case s.op == spec.Cancel, category == "":
		return false // a finished cancel is UNSUCCESSFUL to the platform
	case s.standing == Settled || s.standing == Requested:
		return category == "UNSUCCESSFUL"
	case s.standing == Refused:
		return category == "COMPLETED" || category == "REFUNDED"
	}
	return false
}

package plan

import (
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An Operation is one entry of a payment's Operations[], in the order read.
// The fields stand in the order of their JSON names.
type Operation struct {
	Amount   int64         `json:"amount"`             // minor units
	Category string        `json:"category,omitempty"` // statusCategory as read
	Code     int           `json:"code"`               // statusCode as read
	Currency spec.Currency `json:"-"`
	ID       string        `json:"id"`
	Op       spec.Op       `json:"op"`               // derived from the code by the table of statuses
	Ref      string        `json:"ref,omitempty"`    // operationReferences.merchantReference as read
	Standing Standing      `json:"standing"`         // derived, like Op
	Unseen   bool          `json:"unseen,omitempty"` // the journal knows it as made and the read does not show it
	Rejected bool          `json:"-"`                // an answer's status text says so, whatever the code
}

// Live reports that the operation holds or moves money, or may.
func (o Operation) Live() bool {
	return o.Standing == Settled || o.Standing == Requested || o.Standing == Uncertain
}

// first reports that this is the entry of the operation that opened the
// payment. What the journal adds is never that.
func (o Operation) first() bool { return !o.Unseen && IsFirst(o.ID) }

// named reports that an operation's reference identifies it: the reference of
// the authorisation is the order's.
func (o Operation) named() bool {
	return o.Live() && o.Op != authorization && !o.first()
}

// IsFirst reports whether an operation id names the operation that opened the
// payment: "…_0", a bare number, or the suffix-less form that ends in 000.
func IsFirst(id string) bool {
	_, n := splitOperation(id)
	return n == 0
}

// SameOperation reports whether two spellings name one operation.
func SameOperation(a, b string) bool {
	if a == b {
		return true
	}
	baseA, a1 := splitOperation(a)
	baseB, b1 := splitOperation(b)
	return a1 == b1 && baseA == baseB
}

// splitOperation takes an operation id apart. What follows the last underscore
// and is no number belongs to the name of a later operation.
func splitOperation(id string) (base string, n int) {
	base = spec.BaseOf(id)
	if i := strings.LastIndexByte(id, '_'); i >= 0 {
		if n, ok := decimal(id[i+1:]); ok {
			return base, n
		}
		return id, 1
	}
	if base != id && len(id) >= 3 { // 9000003066177123001
		if n, ok := decimal(id[len(id)-3:]); ok {
			return base, n
		}
	}
	return base, 0
}

// decimal reads digits, and nothing else.
func decimal(s string) (int, bool) {
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

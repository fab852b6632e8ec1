package audit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Movement names what a plan wanted to move: a payment, the kind of the call,
// and its reference.
type Movement struct {
	Payment string // canonical base id
	Op      spec.Op
	Ref     string
}

// ParseMovement reads PAYMENT/KIND/REF.
func ParseMovement(text string) (Movement, error) {
	parts := strings.SplitN(text, "/", 3)
	if len(parts) != 3 || parts[2] == "" {
		return Movement{}, fmt.Errorf("%.80q is not PAYMENT/KIND/REF, as 3066177123/capture/ship-1", text)
	}
	id, err := spec.ParsePaymentID(parts[0])
	if err != nil {
		return Movement{}, err
	}
	op := spec.Op(parts[1])
	if op != spec.Capture && op != spec.Cancel && op != spec.Refund {
		return Movement{}, fmt.Errorf("%.80q is no kind of a call: it is capture, cancel or refund", parts[1])
	}
	return Movement{id.Base(), op, parts[2]}, nil
}

// String is PAYMENT/KIND/REF.
func (m Movement) String() string { return m.Payment + "/" + string(m.Op) + "/" + m.Ref }

// of reports that a record is an intent of the movement.
func (m Movement) of(l *Line) bool {
	return l.Type == "intent" && l.Payment == m.Payment && l.Op == string(m.Op) && l.Ref == m.Ref
}

// errNoMovement is a movement of which there is no record.
var errNoMovement = errors.New("no call of it was ever recorded in this log")

package manifest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Control is a total that somebody else tells, to be held against what is
// declared.
type Control struct {
	Field    string // payments, captures, cancels or refunds
	Value    string // a number, or an amount as manifests write it
	Currency string // "" where there is one only
}

var amountText = regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?( [A-Z]{3})?$`)

// ParseControl reads "payments=120" or "captures=12345.67 EUR". Errors are of
// type *spec.Error.
func ParseControl(text string) (Control, error) {
	field, value, _ := strings.Cut(text, "=")
	switch field {
	case "payments":
		if n, err := strconv.ParseInt(value, 10, 64); err != nil || n < 0 || strconv.FormatInt(n, 10) != value {
			return Control{}, &spec.Error{Msg: comment(value) + " is not a number of payments", Hint: "write digits only, such as payments=120"}
		}
		return Control{Field: field, Value: value}, nil
	case "captures", "cancels", "refunds":
		if !amountText.MatchString(value) {
			return Control{}, &spec.Error{Msg: comment(value) + " is not an amount", Hint: "write digits and a point only, such as " + field + "=12345.67, with the currency behind it where there are several"}
		}
		number, unit, _ := strings.Cut(value, " ")
		return Control{Field: field, Value: number, Currency: unit}, nil
	}
	return Control{}, &spec.Error{Msg: comment(text) + " is no control total", Hint: "possible: payments=120, captures=12345.67, cancels=…, refunds=…"}
}

// Check holds control totals against everything that was added. All that differ
// are returned together, as spec.Errors.
func (w *Writer) Check(controls []Control) error {
	var faults spec.Errors
	for _, c := range controls {
		if e := w.control(c); e != nil {
			faults = append(faults, e)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

func (w *Writer) control(c Control) *spec.Error {
	fault := func(msg, hint string) *spec.Error {
		return &spec.Error{Pos: spec.Pos{File: "control " + c.Field}, Msg: msg, Hint: hint}
	}
	const cut = "the export may be cut off, or the total is of something else; nothing was written"
	if c.Field == "payments" {
		var n int64
		for _, d := range w.documents {
			n += d.sum.Payments
		}
		if got := strconv.FormatInt(n, 10); got != c.Value {
			return fault(fmt.Sprintf("%s payments are told, and %s were read", c.Value, got), cut)
		}
		return nil
	}
	if c.Currency == "" {
		if len(w.documents) > 1 {
			return fault(c.Value+" names no currency, and there are several", "write the currency behind it, such as "+c.Value+" "+string(w.documents[0].sum.Currency)+", once for each")
		}
		if len(w.documents) == 1 {
			c.Currency = string(w.documents[0].sum.Currency)
		}
	}
	m := spec.Money{Currency: spec.Currency(c.Currency)}
	for _, d := range w.documents {
		for op, n := range names {
			if string(d.sum.Currency) == c.Currency && n[0] == c.Field {
				m.Minor = d.sum.Of(op).Minor
			}
		}
	}
	if m.Decimal() != c.Value {
		return fault(fmt.Sprintf("%s %s are told, and %s were read", c.Value, c.Currency, m), cut)
	}
	return nil
}

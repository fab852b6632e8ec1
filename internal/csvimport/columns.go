package csvimport

import (
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Target is what a column means.
type Target string

// The targets.
const (
	ID                Target = "id"
	Currency          Target = "currency"
	MerchantReference Target = "merchantReference"
	Authorized        Target = "authorized"
	Capture           Target = "capture"
	Cancel            Target = "cancel"
	Refund            Target = "refund"
	CaptureRef        Target = "captureRef"
	CancelRef         Target = "cancelRef"
	RefundRef         Target = "refundRef"
	Ref               Target = "ref" // of every kind that has no column of its own
	Final             Target = "final"
	Reason            Target = "reason"
)

// Targets holds all of them, in the order of a manifest.
var Targets = []Target{ID, MerchantReference, Currency, Authorized, Capture, Cancel, Refund, Ref, CaptureRef, CancelRef, RefundRef, Final, Reason}

// amounts and refs are the targets of each kind.
var (
	amounts = map[spec.Op]Target{spec.Capture: Capture, spec.Cancel: Cancel, spec.Refund: Refund}
	refs    = map[spec.Op]Target{spec.Capture: CaptureRef, spec.Cancel: CancelRef, spec.Refund: RefundRef}
)

// Columns says which column means what: the name that the header gives it, or
// its number from one.
type Columns map[Target]string

// Set reads "id=PaymentId,capture=Amount" into c. Errors are of type *spec.Error.
func (c Columns) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		target, column, ok := strings.Cut(part, "=")
		t, column := Target(strings.TrimSpace(target)), strings.TrimSpace(column)
		switch {
		case !ok || column == "":
			return &spec.Error{Msg: "cannot read " + quote(part), Hint: "write target=column, several with commas between them; a map file takes names with commas in them"}
		case !slices.Contains(Targets, t):
			return &spec.Error{Msg: "unknown target " + quote(string(t)), Hint: yamlfile.Suggest(string(t), targetNames())}
		case c[t] != "":
			return &spec.Error{Msg: string(t) + " is given twice", Hint: "keep one of the two"}
		}
		c[t] = column
	}
	return nil
}

func targetNames() []string {
	names := make([]string, len(Targets))
	for i, t := range Targets {
		names[i] = string(t)
	}
	return names
}

// number returns the number of a column that is given by one.
func number(column string) (int, bool) {
	n, err := strconv.Atoi(column)
	return n, err == nil && n > 0 && strconv.Itoa(n) == column
}

// refOf returns the target whose column names the operations of a kind.
func (c Columns) refOf(op spec.Op) (Target, bool) {
	for _, t := range []Target{refs[op], Ref} {
		if c[t] != "" {
			return t, true
		}
	}
	return "", false
}

// check returns what does not fit together.
func (o *Options) check() (faults []*spec.Error) {
	c := o.Columns
	fault := func(msg, hint string) { faults = append(faults, &spec.Error{Msg: msg, Hint: hint}) }
	if c[ID] == "" {
		fault("no column is said to be the id of the payment", "write --columns id=NAME, with the column's name or its number")
	}
	if c[Currency] == "" && o.Currency == "" {
		fault("nothing says what currency the amounts are in", "write --currency EUR, or map a column with currency=NAME")
	}
	has := map[spec.Op]bool{}
	for _, op := range spec.Ops {
		has[op] = c[amounts[op]] != "" || op == spec.Refund && o.NegativeRefunds && c[Capture] != ""
		if !has[op] && c[refs[op]] != "" {
			fault(string(refs[op])+" is mapped and "+string(amounts[op])+" is not", "map the column of the amounts, too")
		}
	}
	_, captureRef := c.refOf(spec.Capture)
	_, refundRef := c.refOf(spec.Refund)
	totals := o.As == spec.Total
	switch {
	case c[Ref] != "" && !has[spec.Capture] && !has[spec.Cancel] && !has[spec.Refund]:
		fault("ref is mapped and no amount is", "map capture, cancel or refund, too")
	case c[Final] != "" && (!has[spec.Capture] || !captureRef || totals):
		fault("final is mapped, and belongs to captures with a ref", "map capture and captureRef or ref, or leave final out")
	case c[Reason] != "" && (!has[spec.Refund] || !refundRef || totals):
		fault("reason is mapped, and belongs to refunds with a ref", "map refund and refundRef or ref, or leave reason out")
	case totals && (captureRef || refundRef || c[CancelRef] != ""):
		fault("totals have no refs", "leave the refs out, or import items")
	}
	if o.NoHeader {
		for _, t := range Targets {
			if _, ok := number(c[t]); c[t] != "" && !ok {
				fault(string(t)+" is mapped to the column "+quote(c[t])+", and there is no header", "give the number of the column, from 1")
			}
		}
	}
	return faults
}

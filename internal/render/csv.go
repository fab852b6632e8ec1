package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// asDeclared is the kind of a row for a payment that needs nothing.
const asDeclared = "as declared"

// csvColumns are the names in the first row. They stay; new ones are added at
// the end.
var csvColumns = []string{
	"plan_id", "source", "payment", "merchant_reference", "kind", "operation", "ref", "currency",
	"amount_minor", "amount", "before_minor", "before", "after_minor", "after",
	"final", "attempt", "undo", "reason", "message", "hint", "note", "key", "operation_id", "drift", "labels",
	"observed_at", "status_code", "observed_currency",
	"authorized_minor", "authorized", "captured_minor", "captured", "capture_requested_minor", "capture_requested",
	"cancelled_minor", "cancelled", "cancel_requested_minor", "cancel_requested",
	"refunded_minor", "refunded", "refund_requested_minor", "refund_requested",
	"uncertain_minor", "uncertain", "uncertain_refund_minor", "uncertain_refund",
}

// PlanCSV writes a plan as a table, one row an action, for spreadsheets and
// programs (RFC 4180, UTF-8). A payment as declared has one row of the kind
// "as declared". Every amount has two columns: an integer of minor units and
// the decimal text. A cell that a spreadsheet could run as a formula gets an
// apostrophe in front of it.
//
// It streams. Numbers of the footer that the entries do not come to are an
// error that wraps plan.ErrAltered, after the rows.
func PlanCSV(w io.Writer, _ plan.Header, f plan.Footer, entries func() iter.Seq2[*plan.Entry, error]) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write(csvColumns) // its error comes again with Flush
	s := &survey{money: map[plan.Sum]*plan.Sum{}}
	for e, err := range entries() {
		if err == nil {
			err = s.add(e)
		}
		if err != nil {
			out.Flush() // what went wrong with the plan matters more
			return err
		}
		for _, r := range csvRows(f.PlanID, e) {
			_ = out.Write(r)
		}
		if out.Error() != nil {
			break
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return s.agrees(f)
}

func csvRows(planID string, e *plan.Entry) [][]string {
	c := &e.Content
	observed := csvObserved(e)
	row := func(kind string, a plan.Action) []string {
		r := []string{planID, e.Source, string(c.Payment), reference(e), kind, string(a.Op), a.Ref, string(c.Currency)}
		r = append(r, csvAmount(a.Amount, c.Currency, a.Amount != 0)...)
		r = append(r, csvAmount(a.Before, c.Currency, a.Kind.Calls())...)
		r = append(r, csvAmount(a.After, c.Currency, a.Kind.Calls())...)
		r = append(r, csvFlag(a.Final), csvNumber(a.Attempt), string(a.Undo), string(a.Reason), a.Message, a.Hint, a.Note, string(a.Key), a.Operation, driftText(c.Drift), labelText(c.Labels))
		r = append(r, observed...)
		for i := range r {
			r[i] = csvCell(r[i])
		}
		return r
	}
	if len(c.Actions) == 0 {
		return [][]string{row(asDeclared, plan.Action{})}
	}
	rows := make([][]string, len(c.Actions))
	for i, a := range c.Actions {
		rows[i] = row(string(a.Kind), a)
	}
	return rows
}

// csvObserved are the columns of what was read, empty when nothing was.
func csvObserved(e *plan.Entry) []string {
	h := &e.Content.Have
	r := []string{"", "", ""}
	if !e.ObservedAt.IsZero() {
		r[0] = e.ObservedAt.UTC().Format(time.RFC3339)
	}
	if h.Exists {
		r[1], r[2] = strconv.Itoa(h.Code), string(h.Currency)
	}
	t := &h.Totals
	for _, minor := range []int64{
		h.Authorized, t.Captured, t.CaptureRequested, t.Cancelled, t.CancelRequested,
		t.Refunded, t.RefundRequested, t.Uncertain, t.UncertainRefund,
	} {
		r = append(r, csvAmount(minor, h.Currency, h.Exists)...)
	}
	return r
}

// csvAmount is an amount in two cells, both empty when there is none.
func csvAmount(minor int64, c spec.Currency, is bool) []string {
	if !is {
		return []string{"", ""}
	}
	return []string{strconv.FormatInt(minor, 10), spec.Money{Minor: minor, Currency: c}.Decimal()}
}

func csvFlag(is bool) string {
	if is {
		return "true"
	}
	return ""
}

func csvNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// csvCell returns text as a cell that no spreadsheet runs: on one line, with
// what does not show escaped, and with an apostrophe before whatever could
// begin a formula. That is at the start, and, since a spreadsheet may be set to
// split at other characters, behind each of those.
func csvCell(text string) string {
	text = Clean(text)
	if !strings.ContainsAny(text, csvFormula) {
		return text
	}
	var b strings.Builder
	start := true
	for _, r := range text {
		switch {
		case strings.ContainsRune(csvSplit, r):
			start = true
		case r == ' ':
		default:
			if start && strings.ContainsRune(csvFormula, r) {
				b.WriteByte('\'')
			}
			start = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

const (
	csvFormula = "=+-@＝＋－＠" // the wide ones begin a formula, too
	csvSplit   = ",;|\""
)

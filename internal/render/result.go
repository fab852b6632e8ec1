package render

import (
	"io"

	"github.com/payreconcile/payreconcile/pkg/apply"
)

// statusText says a status in words that cannot be mistaken for another, in
// the order in which summaries list them.
var statusText = []struct {
	status apply.Status
	text   string
	role   role
}{
	{apply.StatusUnknown, "IN DOUBT", alarm},
	{apply.StatusRefused, "refused", alarm},
	{apply.StatusStale, "stale (nothing was sent)", wait},
	{apply.StatusBlocked, "blocked", wait},
	{apply.StatusSkipped, "skipped", wait},
	{apply.StatusPending, "pending", wait},
	{apply.StatusDeferred, "deferred", wait},
	{apply.StatusAccepted, "accepted (not settled yet)", wait},
	{apply.StatusSettled, "settled", good},
}

// rank is where a status stands in a summary.
func rank(s apply.Status) int {
	for i, t := range statusText {
		if t.status == s {
			return i
		}
	}
	return len(statusText)
}

// textOf returns the words and colour of a status.
func textOf(s apply.Status) (string, role) {
	if i := rank(s); i < len(statusText) {
		return statusText[i].text, statusText[i].role
	}
	return Clean(string(s)), alarm
}

// Result shows what became of one action: a line, and below it the message and
// the hint when it did not go well.
//
//	3066177123_0  order-1001  refund rma-77  20.00 EUR  accepted (not settled yet)
func Result(w io.Writer, r apply.Result, s Style) error {
	p := newPrinter(w, s)
	what := p.word(string(r.Payment)) + "  " + p.word(r.MerchantReference)
	if r.Action.Op != "" {
		what += "  " + p.clean(string(r.Action.Op))
		if r.Action.Ref != "" {
			what += " " + p.word(r.Action.Ref)
		}
		if r.Action.Amount > 0 {
			what += "  " + p.money(r.Action.Amount, r.Currency)
		}
	}
	text, role := textOf(r.Status)
	if r.Action.Final {
		what += "  final"
	}
	notes := ""
	if r.OperationID != "" {
		notes += "  operation " + p.word(r.OperationID)
	}
	if r.Earlier {
		notes += "  by an earlier run"
	}
	p.line(what, "  ", p.paint(role, text), notes)
	if r.Message != "" {
		p.sentence(4, "", p.clean(r.Message), plain)
	}
	if r.ErrorID != "" {
		p.line("    the platform's error id ", p.word(r.ErrorID))
	}
	p.hint(4, r.Hint)
	return p.close()
}

package render

import (
	"fmt"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// call is the line of an action that moves money:
//
//	3066177123_0  order-1001  capture ship-2  45.00 EUR  80.00 → 125.00 of 125.00  final
func (v *planView) call(e *plan.Entry, a plan.Action) row {
	money := func(minor int64) spec.Money { return spec.Money{Minor: minor, Currency: e.Content.Currency} }
	limit := money(e.Content.Have.Authorized).Decimal()
	if a.Kind == plan.Refund {
		limit = money(capturedAfter(e)).Decimal() + " captured"
	}
	var marks []string
	if a.Final {
		marks = append(marks, "final")
	}
	if a.Attempt > 1 {
		marks = append(marks, fmt.Sprintf("attempt %d", a.Attempt))
	}
	r := row{cells: []cell{
		{text: v.word(string(e.Content.Payment))},
		{text: v.word(reference(e))},
		{text: v.clean(string(a.Kind)) + " " + v.word(a.Ref)},
		{text: v.Style.money(a.Amount, e.Content.Currency), right: true, role: strong},
		{text: money(a.Before).Decimal() + " " + v.arrow() + " " + money(a.After).Decimal() + " of " + limit},
		{text: strings.Join(marks, ", "), role: alarm},
	}}
	if a.Message != "" {
		r.below = append(r.below, v.paint(faint, v.clean(a.Message)))
	}
	if !v.options.Verbose {
		return r
	}
	undo := v.clean(string(a.Undo))
	if a.Undo == plan.UndoNone {
		undo = "cannot be taken back"
	}
	r.below = append(r.below, v.paint(faint, "key "+v.clean(string(a.Key))+", "+undo))
	if a.Note != "" {
		r.below = append(r.below, v.paint(faint, "reason "+v.word(a.Note)))
	}
	if a.Hint != "" {
		r.below = append(r.below, v.paint(faint, "hint: "+v.clean(a.Hint)))
	}
	r.below = append(r.below, v.paint(faint, v.observed(e)), v.paint(faint, v.place(e)))
	return r
}

// capturedAfter is what will be captured of a payment when its captures are
// made, settled or not.
func capturedAfter(e *plan.Entry) int64 {
	captured := e.Content.Have.Totals.Of(spec.Capture)
	for _, a := range e.Content.Actions {
		if a.Kind == plan.Capture {
			captured = a.After
		}
	}
	return captured
}

// reason is the line of an action that makes no call, and its hint.
func (v *planView) reason(in section, e *plan.Entry, a plan.Action) {
	what := v.payment(e)
	if a.Op != "" {
		what += "  " + v.clean(string(a.Op))
		if a.Ref != "" {
			what += " " + v.word(a.Ref)
		}
	}
	message := v.clean(a.Message)
	if message == "" {
		message = v.clean(string(a.Reason))
	}
	if a.Amount > 0 && a.Op != "" {
		what += "  " + v.Style.money(a.Amount, e.Content.Currency)
	}
	role := plain
	if in < blocked {
		role = alarm
	}
	if in == waiting && !v.options.Verbose {
		v.line("  ", what, "  ", v.clean(string(a.Kind)), ": ", message)
		return
	}
	v.line("  ", v.paint(role, what))
	v.sentence(4, "", message, plain)
	v.hint(4, a.Hint)
	if v.options.Verbose {
		v.line("    ", v.paint(faint, "reason code "+v.clean(string(a.Reason))))
		v.line("    ", v.paint(faint, v.observed(e)))
		v.line("    ", v.paint(faint, v.place(e)))
	}
}

// payment names a payment: its id and the merchant's reference.
func (v *planView) payment(e *plan.Entry) string {
	return v.word(string(e.Content.Payment)) + "  " + v.word(reference(e))
}

func reference(e *plan.Entry) string {
	if e.Content.Have.MerchantReference != "" {
		return e.Content.Have.MerchantReference
	}
	return e.Content.Want.MerchantReference
}

// observed says what was read of a payment, added up.
func (v *planView) observed(e *plan.Entry) string {
	h := e.Content.Have
	if !h.Exists {
		return "observed: the platform does not know it"
	}
	return "observed " + clock(e.ObservedAt) + ": " + strings.Join(observedTotals(h), ", ") +
		fmt.Sprintf(" %s, status %d", v.clean(string(h.Currency)), h.Code)
}

// observedTotals are what was read of a payment that the platform knows, added up.
func observedTotals(h plan.Observed) []string {
	money := func(minor int64) string { return spec.Money{Minor: minor, Currency: h.Currency}.Decimal() }
	parts := []string{"authorized " + money(h.Authorized)}
	for _, x := range []struct {
		minor int64
		what  string
	}{
		{h.Totals.Captured, "captured"},
		{h.Totals.CaptureRequested, "capture requested"},
		{h.Totals.Cancelled, "cancelled"},
		{h.Totals.CancelRequested, "cancel requested"},
		{h.Totals.Refunded, "refunded"},
		{h.Totals.RefundRequested, "refund requested"},
		{h.Totals.Uncertain, "capture or cancel uncertain"},
		{h.Totals.UncertainRefund, "refund uncertain"},
	} {
		if x.minor != 0 {
			parts = append(parts, x.what+" "+money(x.minor))
		}
	}
	return parts
}

func (v *planView) place(e *plan.Entry) string { return "declared in " + v.clean(e.Source) }

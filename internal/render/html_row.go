package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A sheet is a table of the page, in the order in which they stand: that of
// the text form, and behind it the payments with nothing to do.
type sheet int

const (
	sheetInDoubt sheet = iota
	sheetDuplicate
	sheetDrift
	sheetBlocked
	sheetFinal
	sheetCapture
	sheetWaiting
	sheetDeclared
	sheets
)

var sheetOf = [sections]sheet{
	inDoubt: sheetInDoubt, duplicate: sheetDuplicate, blocked: sheetBlocked,
	final: sheetFinal, capture: sheetCapture, waiting: sheetWaiting,
}

// What a row is about, to filter by.
const (
	opCapture = iota
	opCancel
	opRefund
	opOther // the whole payment
	opNone  // nothing to do
)

// A htmlRow is one row of a table. All of its text is harmless.
type htmlRow struct {
	sheet              sheet
	op                 int
	Payment, Reference string
	Action, Item       string
	currency           spec.Currency
	decimal            string // of the amount; "" when there is none
	What, Remark       string
	file               string
	line               int
	Labels             string
}

// Amount is the amount as the page shows it.
func (r *htmlRow) Amount() htmlMoney { return pageMoney(r.decimal, r.currency) }

// Place is where the payment was declared.
func (r *htmlRow) Place() string {
	if r.line == 0 {
		return r.file
	}
	return r.file + ":" + strconv.Itoa(r.line)
}

// A pagePart of an entry is what one row shows: an action, a drift or, with
// neither, that there is nothing to do.
type pagePart struct {
	in     sheet
	action *plan.Action
	drift  *plan.Drift
}

// partsOf calls f for every row that an entry has.
func partsOf(e *plan.Entry, f func(pagePart) error) error {
	c := &e.Content
	for i := range c.Drift {
		if err := f(pagePart{in: sheetDrift, drift: &c.Drift[i]}); err != nil {
			return err
		}
	}
	for i := range c.Actions {
		in, err := sectionOf(c.Actions[i])
		if err == nil {
			err = f(pagePart{in: sheetOf[in], action: &c.Actions[i]})
		}
		if err != nil {
			return err
		}
	}
	if len(c.Actions) > 0 {
		return nil
	}
	return f(pagePart{in: sheetDeclared})
}

// rowOf makes the row of a part.
func rowOf(e *plan.Entry, p pagePart) *htmlRow {
	r := &htmlRow{
		sheet: p.in, op: opOther, Payment: pageName(string(e.Content.Payment)), Reference: pageName(reference(e)),
		currency: e.Content.Currency, Labels: pageLabels(e.Content.Labels),
	}
	r.file, r.line = pagePlace(e.Source)
	switch {
	case p.drift != nil:
		r.driftOf(p.drift)
	case p.action == nil:
		r.declared(e)
	case p.action.Kind.Calls():
		r.call(e, p.action)
	default:
		r.reason(p.action)
	}
	return r
}

func (r *htmlRow) about(op spec.Op, ref string) {
	switch op {
	case spec.Capture:
		r.op = opCapture
	case spec.Cancel:
		r.op = opCancel
	case spec.Refund:
		r.op = opRefund
	}
	r.Action, r.Item = pageName(string(op)), pageName(ref)
	if op == "" {
		r.Action = "whole payment"
	}
}

func (r *htmlRow) money(minor int64) string {
	return spec.Money{Minor: minor, Currency: r.currency}.Decimal()
}

// call says what a call does to the total of its kind.
func (r *htmlRow) call(e *plan.Entry, a *plan.Action) {
	r.about(spec.Op(a.Kind), a.Ref)
	r.decimal = r.money(a.Amount)
	limit := r.money(e.Content.Have.Authorized)
	if a.Kind == plan.Refund {
		limit = r.money(capturedAfter(e)) + " captured"
	}
	r.What = r.money(a.Before) + " → " + r.money(a.After) + " of " + limit
	var remarks []string
	if a.Final {
		r.Action += ", final"
	}
	if rest := releasedBy(e, a); rest > 0 {
		remarks = append(remarks, "the rest, "+r.money(rest)+", is released")
	}
	if a.Attempt > 1 {
		remarks = append(remarks, fmt.Sprintf("attempt %d", a.Attempt))
	}
	if a.Message != "" {
		remarks = append(remarks, pageProse(a.Message))
	}
	if a.Note != "" {
		remarks = append(remarks, "reason: "+pageProse(a.Note))
	}
	r.Remark = strings.Join(remarks, "; ")
}

// reason says why there is no call.
func (r *htmlRow) reason(a *plan.Action) {
	r.about(a.Op, a.Ref)
	if a.Kind != plan.Blocked {
		r.Action += ", " + pageName(string(a.Kind))
	}
	if a.Amount > 0 && a.Op != "" {
		r.decimal = r.money(a.Amount)
	}
	if r.What = pageProse(a.Message); r.What == "" {
		r.What = pageName(string(a.Reason))
	}
	r.Remark = pageProse(a.Hint)
}

func (r *htmlRow) driftOf(d *plan.Drift) {
	r.about(d.Op, d.Ref)
	if r.What = "refused after it was accepted"; d.Kind != "refused_after_acceptance" {
		r.What = pageName(d.Kind)
	}
	r.Remark = "operation " + pageName(d.Operation)
}

func (r *htmlRow) declared(e *plan.Entry) {
	r.op, r.Action = opNone, "nothing to do"
	h := e.Content.Have
	if !h.Exists {
		r.What = "the platform does not know it"
		return
	}
	r.currency, r.decimal = h.Currency, r.money(h.Authorized)
	r.What = strings.Join(observedTotals(h)[1:], ", ")
}

// What a page shows of one name and of one sentence at most, in characters. It
// says how much it leaves out.
const (
	maxPageName  = 120
	maxPageProse = 2000
)

func pageName(text string) string  { return pageText(text, maxPageName) }
func pageProse(text string) string { return pageText(text, maxPageProse) }

// pageText returns text from outside, harmless and not longer than so many
// characters, and how many it leaves out.
func pageText(text string, limit int) string {
	if len(text) <= limit {
		return Clean(text)
	}
	chars := 0
	for at := range text {
		if chars == limit {
			return Clean(text[:at]) + "… (" + number(int64(utf8.RuneCountInString(text[at:]))) + " more characters)"
		}
		chars++
	}
	return Clean(text)
}

// pageLabels writes the labels of a manifest: desk=eu, team=returns.
func pageLabels(l plan.Labels) string {
	if len(l) == 0 {
		return ""
	}
	all := make([]string, 0, len(l))
	for _, k := range slices.Sorted(maps.Keys(l)) {
		all = append(all, k+"="+l[k])
	}
	return pageProse(strings.Join(all, ", "))
}

// pagePlace takes "orders.yaml:7" apart. What does not look so is a name as a
// whole.
func pagePlace(source string) (file string, line int) {
	at := strings.LastIndexByte(source, ':')
	if at < 0 {
		return pageName(source), 0
	}
	n, err := strconv.Atoi(source[at+1:])
	if err != nil || n <= 0 || strconv.Itoa(n) != source[at+1:] {
		return pageName(source), 0
	}
	return pageName(source[:at]), n
}

// A htmlMoney is an amount cut into groups of digits, which the page sets
// apart by space and not by a character: what is copied is the number.
type htmlMoney struct {
	Groups []string // of the digits before the point; a sign stands in the first
	Rest   string   // the point and the decimals, or text that is no number
	Unit   string
}

func moneyOfSum(s plan.Sum) htmlMoney {
	return pageMoney(spec.Money{Minor: s.Amount, Currency: s.Currency}.Decimal(), s.Currency)
}

// pageMoney cuts the decimal text of an amount.
func pageMoney(decimal string, c spec.Currency) htmlMoney {
	if decimal == "" {
		return htmlMoney{}
	}
	m := htmlMoney{Unit: pageName(string(c))}
	whole := decimal
	if end := strings.IndexFunc(decimal, func(r rune) bool { return r != '-' && (r < '0' || r > '9') }); end >= 0 {
		whole, m.Rest = decimal[:end], decimal[end:]
	}
	if n := len(whole) % 3; n > 0 {
		m.Groups, whole = append(m.Groups, whole[:n]), whole[n:]
	}
	for ; whole != ""; whole = whole[3:] {
		m.Groups = append(m.Groups, whole[:3])
	}
	return m
}

// Text is the amount as one text: "1204.50 EUR".
func (m htmlMoney) Text() string { return strings.Join(m.Groups, "") + m.Rest + " " + m.Unit }

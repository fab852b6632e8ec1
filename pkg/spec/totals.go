package spec

import (
	"math"
	"slices"
	"strconv"
)

// totals adds up what one document declares, to hold it against expect.
type totals struct {
	payments   int64
	unsure     bool // a payment had a fault, so that sums mean nothing
	all        [len(Ops)]bool
	byCurrency []currencyTotal // few: one for each currency
}

type currencyTotal struct {
	currency Currency
	sums     [len(Ops)]int64
	overflow bool
}

func (t *totals) add(p *Payment) {
	at := slices.IndexFunc(t.byCurrency, func(c currencyTotal) bool { return c.currency == p.Currency })
	if at < 0 {
		at = len(t.byCurrency)
		t.byCurrency = append(t.byCurrency, currencyTotal{currency: p.Currency})
	}
	c := &t.byCurrency[at]
	for i, op := range Ops {
		d := p.Desired(op)
		if d.Mode == All {
			t.all[i] = true
		}
		if sum, ok := d.Sum(); ok {
			next, fits := addMinor(c.sums[i], sum)
			c.sums[i] = next
			c.overflow = c.overflow || !fits
		}
	}
}

var expectFields = []string{"payments", "captures", "cancels", "refunds"}

// readExpect reads the shape of expect. Its amounts wait until the document's
// currencies are known.
func readExpect(w *walker, i int32) (e *Expect, values [4]int32) {
	if !w.is(i, mapping, field("expect")) {
		return nil, values
	}
	w.fields(i, expectFields, values[:], place{list: "expect", item: -1})
	e = &Expect{Pos: w.pos(i)}
	for f, text := range []*string{&e.Payments, &e.Captures, &e.Cancels, &e.Refunds} {
		v, p := values[f], place{list: "expect", item: -1, field: expectFields[f]}
		if v == 0 || !w.is(v, scalar, p) {
			values[f] = 0
			continue
		}
		*text = w.t[v].text
		if f == 0 {
			if n, err := strconv.ParseInt(*text, 10, 64); err != nil || strconv.FormatInt(n, 10) != *text || n < 0 {
				w.fault(v, p, quote(*text)+" is not a number of payments", "write digits only, such as 250")
				values[f] = 0
			}
		}
	}
	return e, values
}

// An expectation is one control total, with its place.
type expectation struct {
	field int // index into expectFields
	text  string
	pos   Pos
}

// expectationsOf lists what readExpect found sound.
func expectationsOf(w *walker, values [4]int32) []expectation {
	var all []expectation
	for f, v := range values {
		if v != 0 {
			all = append(all, expectation{f, w.t[v].text, w.pos(v)})
		}
	}
	return all
}

// check holds one control total against what is declared.
func (t *totals) check(e expectation, fallback Currency) *Error {
	name := expectFields[e.field]
	fault := func(msg, hint string) *Error {
		return &Error{Pos: e.pos, Path: "spec.expect." + name, Msg: msg, Hint: hint}
	}
	if e.field == 0 {
		if declared := strconv.FormatInt(t.payments, 10); declared != e.text {
			return fault(e.text+" payments are expected, and "+declared+" are declared",
				"the export may be cut off; if it is complete, correct expect")
		}
		return nil
	}
	if t.unsure {
		return nil
	}
	i := slices.Index(Ops[:], [...]Op{"", Capture, Cancel, Refund}[e.field])
	if t.all[i] {
		return fault("a payment of this document has all, which is no number to add up", "leave "+name+" out of expect, or write numbers instead of all")
	}
	want, declared, err := t.both(e.text, i, fallback)
	switch {
	case err != nil:
		return fault(err.Msg, err.Hint)
	case want != declared:
		return fault(want.String()+" are expected, and "+declared.String()+" are declared",
			"the export may be cut off; if it is complete, correct expect")
	}
	return nil
}

// both returns the expected and the declared sum of a kind in one currency.
func (t *totals) both(text string, i int, fallback Currency) (want, declared Money, err *Error) {
	number, unit := splitUnit(text)
	var c Currency
	switch {
	case unit != "":
		parsed, e := ParseCurrency(unit)
		if e != nil {
			return want, declared, at(e, Pos{}, "")
		}
		c = parsed
	case len(t.byCurrency) > 1:
		return want, declared, &Error{
			Msg:  quote(text) + " names no currency, and the document has several",
			Hint: "write the currency behind it, such as " + short(text, 20) + " " + string(t.byCurrency[0].currency),
		}
	case len(t.byCurrency) == 1:
		c = t.byCurrency[0].currency
	default:
		c = fallback
	}
	exp, ok := c.Exponent()
	if !ok {
		return want, declared, &Error{Msg: quote(text) + " names no currency, and neither does the document", Hint: "write it behind the number, such as 80.00 EUR"}
	}
	minor, ok := parseDecimal(number, exp, math.MaxInt64)
	if !ok {
		return want, declared, amountFault(text, number, c, exp, math.MaxInt64)
	}
	want, declared = Money{minor, c}, Money{0, c}
	for _, sum := range t.byCurrency {
		if sum.currency == c {
			if sum.overflow {
				return want, declared, &Error{Msg: "the declared amounts add up to more than can be counted", Hint: "split the document"}
			}
			declared.Minor = sum.sums[i]
		}
	}
	return want, declared, nil
}

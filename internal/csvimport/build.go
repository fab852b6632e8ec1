package csvimport

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// maxRows bounds the rows of one payment: more would be no payment that a
// manifest can hold.
const maxRows = 2000

// A builder makes payments of rows.
type builder struct {
	o      *Options
	faults *faults
	take   func(*spec.Payment) error
	late   map[string][]byte // rows that stand apart from the first ones; empty once they were handed on
	counts Counts

	id   spec.PaymentID
	rows []*row
}

// row takes the next row.
func (b *builder) row(r *row) error {
	b.counts.Rows++
	id, err := paymentID(r.text(ID))
	if err != nil {
		b.fault(r, ID, err)
		return nil
	}
	if base := id.Base(); base != b.id.Base() {
		if err := b.flush(); err != nil {
			return err
		}
		if packed, known := b.late[base]; known && len(packed) == 0 {
			return nil
		}
		b.id = id
	}
	if len(b.rows) == maxRows {
		b.tooMany(r)
	}
	if len(b.rows) <= maxRows {
		b.rows = append(b.rows, r)
	}
	return nil
}

// tooMany reports that a payment has more rows than any can have.
func (b *builder) tooMany(r *row) {
	b.fault(r, ID, &spec.Error{Msg: fmt.Sprintf("payment %s has over %d rows", b.id, maxRows), Hint: "check the map: is this the column of the payment's id?"})
}

// flush hands on the payment whose rows are complete.
func (b *builder) flush() error {
	if len(b.rows) == 0 {
		b.id = ""
		return nil
	}
	rows := b.rows
	base := b.id.Base()
	if packed := b.late[base]; len(packed) > 0 {
		more := without(rows[0].layout.unpack(packed), rows)
		if rows = append(rows, more...); len(rows) > maxRows || len(packed) > maxPacked {
			b.tooMany(rows[len(rows)-1])
			rows = rows[:min(len(rows), maxRows)]
		}
		b.late[base] = nil
	}
	p := &payment{b: b, rows: rows, p: spec.Payment{ID: b.id}, places: map[spec.Op][]origin{}}
	b.id, b.rows = "", nil
	if !p.build() {
		return nil
	}
	b.counts.Payments++
	err := b.take(&p.p)
	var refused spec.Errors
	if errors.As(err, &refused) {
		for _, e := range refused {
			p.placed(e)
		}
		return nil
	}
	return err
}

// fault reports what is wrong with a cell.
func (b *builder) fault(r *row, t Target, err error) {
	e := &spec.Error{Msg: err.Error()}
	var given *spec.Error
	if errors.As(err, &given) {
		e = &spec.Error{Msg: given.Msg, Hint: given.Hint}
	}
	e.Pos = spec.Pos{File: b.faults.file, Line: r.line, Col: 1}
	if c, ok := r.cell(t); ok {
		e.Pos.Line, e.Pos.Col = c.line, c.col
		name := r.layout.names[r.layout.at[t]]
		quoted := quote(name)
		e.Path = strings.Trim(quoted, `"`)
	}
	b.faults.add(e)
}

// An origin is where an item comes from.
type origin struct {
	row    *row
	amount Target
}

// A payment is one that is being built.
type payment struct {
	b      *builder
	rows   []*row
	p      spec.Payment
	places map[spec.Op][]origin
	bad    bool
}

func (p *payment) fault(r *row, t Target, err error) {
	p.bad = true
	p.b.fault(r, t, err)
}

func (p *payment) build() bool {
	p.currency()
	if p.bad {
		return false
	}
	p.p.MerchantReference = p.agreed(MerchantReference)
	if text := p.agreed(Authorized); text != "" {
		p.authorized(text)
	}
	for _, r := range p.rows {
		used := map[spec.Op]bool{}
		for _, op := range spec.Ops {
			if r.text(amounts[op]) != "" {
				p.operation(r, op, used)
			}
		}
		p.left(r, used)
	}
	return !p.bad
}

// currency settles the currency, which all rows share.
func (p *payment) currency() {
	text := p.agreed(Currency)
	if text == "" {
		text = string(p.b.o.Currency)
	}
	r := p.rows[0]
	if text == "" {
		p.fault(r, Currency, &spec.Error{Msg: "payment has no currency", Hint: "fill the column, or write --currency EUR for rows that name none"})
		return
	}
	c, err := spec.ParseCurrency(text)
	if err != nil {
		p.fault(r, Currency, err)
		return
	}
	p.p.Currency = c
}

// agreed returns a value of the payment, which no two rows may tell
// differently.
func (p *payment) agreed(t Target) string {
	var first *row
	for _, r := range p.rows {
		text := r.text(t)
		switch {
		case text == "":
		case formula(text) != nil:
			p.fault(r, t, formula(text))
		case spec.HasCard(text):
			p.fault(r, t, &spec.Error{Msg: "seems to contain a card number", Hint: "card numbers must not be kept here: delete it"})
		case first == nil:
			first = r
		case text != first.text(t):
			p.fault(r, t, &spec.Error{
				Msg:  fmt.Sprintf("%s is not the %s of line %d, which is about the same payment", quote(text), quote(first.text(t)), first.line),
				Hint: "correct one of the two",
			})
		}
	}
	if first == nil {
		return ""
	}
	return first.text(t)
}

// authorized reads the guard.
func (p *payment) authorized(text string) {
	i := slices.IndexFunc(p.rows, func(r *row) bool { return r.text(Authorized) != "" })
	minor, negative, err := p.b.o.amount(text, p.p.Currency)
	switch {
	case err != nil:
		p.fault(p.rows[i], Authorized, err)
	case negative:
		p.fault(p.rows[i], Authorized, &spec.Error{Msg: "amount " + quote(text) + " is negative", Hint: "what was authorised is never below zero"})
	}
	p.p.Authorized = minor
}

// operation reads an amount of a row. Zero is none.
func (p *payment) operation(r *row, op spec.Op, used map[spec.Op]bool) {
	t := amounts[op]
	text := r.text(t)
	minor, negative, err := p.b.o.amount(text, p.p.Currency)
	switch {
	case err != nil:
		p.fault(r, t, err)
		used[op] = true // no more is said of it
		return
	case minor == 0:
		return
	case negative && (op == spec.Cancel || !p.b.o.NegativeRefunds):
		hint := "amounts are written without a sign; what they mean follows from their column"
		if op != spec.Cancel {
			hint = "write --negative refund if negative amounts are refunds"
		}
		p.fault(r, t, &spec.Error{Msg: "amount " + quote(text) + " is negative", Hint: hint})
		used[op] = true
		return
	case negative:
		op = spec.Refund
	}
	if used[op] {
		p.fault(r, t, &spec.Error{Msg: "the row has a second " + string(op), Hint: "write each on a row of its own"})
		return
	}
	used[op] = true
	if ref, ok := p.b.o.Columns.refOf(op); ok {
		p.item(r, op, t, ref, minor)
	} else {
		p.total(r, op, t, minor)
	}
}

// item adds an operation under its ref.
func (p *payment) item(r *row, op spec.Op, t, refTarget Target, minor int64) {
	d := p.p.Desired(op)
	it := spec.Item{Ref: r.text(refTarget), Amount: minor}
	if it.Ref == "" {
		p.fault(r, refTarget, &spec.Error{Msg: "the " + string(op) + " has no ref", Hint: "fill the column: a ref names an operation, and stays the same in later exports"})
		return
	}
	if bad := formula(it.Ref); bad != nil {
		p.fault(r, refTarget, bad)
		return
	}
	if spec.HasCard(it.Ref) {
		p.fault(r, refTarget, &spec.Error{Msg: "seems to contain a card number", Hint: "card numbers must not be kept here: delete it"})
		return
	}
	if i := slices.IndexFunc(d.Items, func(x spec.Item) bool { return x.Ref == it.Ref }); i >= 0 {
		p.fault(r, refTarget, &spec.Error{
			Msg:  fmt.Sprintf("%s is the ref of a %s on line %d already", quote(it.Ref), op, p.places[op][i].row.line),
			Hint: "give each its own; is the row there twice?",
		})
		return
	}
	if op == spec.Capture {
		it.Final = p.final(r)
	}
	if op == spec.Refund {
		if it.Reason = r.text(Reason); formula(it.Reason) != nil {
			p.fault(r, Reason, formula(it.Reason))
			return
		}
	}
	d.Mode, d.Items = spec.Items, append(d.Items, it)
	p.places[op] = append(p.places[op], origin{r, t})
}

// total adds to the total of a kind, which one row tells unless totals were
// asked for.
func (p *payment) total(r *row, op spec.Op, t Target, minor int64) {
	d := p.p.Desired(op)
	if d.Mode == spec.Total && p.b.o.As != spec.Total {
		p.fault(r, t, &spec.Error{
			Msg:  fmt.Sprintf("payment %s has a second %s, the first on line %d, and no column names them", p.p.ID, op, p.places[op][0].row.line),
			Hint: fmt.Sprintf("map %s or ref; or write --as totals to add them up", refs[op]),
		})
		return
	}
	if d.Total += minor; d.Total > spec.MaxMinor {
		p.fault(r, t, &spec.Error{Msg: fmt.Sprintf("the %ss of payment %s come to more than any payment can have", op, p.p.ID), Hint: "check the amounts"})
		d.Total = minor
	}
	d.Mode = spec.Total
	p.places[op] = append(p.places[op], origin{r, t})
}

// final reads whether a capture is the last one.
func (p *payment) final(r *row) bool {
	switch strings.ToLower(r.text(Final)) {
	case "", "false", "no", "0":
		return false
	case "true", "yes", "1":
		return true
	}
	p.fault(r, Final, &spec.Error{Msg: quote(r.text(Final)) + " is neither true nor false", Hint: "possible: true, yes, 1, false, no, 0, and nothing"})
	return false
}

// left reports what a row says of operations that it does not have.
func (p *payment) left(r *row, used map[spec.Op]bool) {
	for _, op := range spec.Ops {
		if r.text(refs[op]) != "" && !used[op] {
			p.fault(r, refs[op], &spec.Error{Msg: "the row has a ref for a " + string(op) + " and no amount", Hint: "fill in the amount, or leave both empty"})
		}
	}
	if !used[spec.Capture] && p.final(r) {
		p.fault(r, Final, &spec.Error{Msg: "the row is final and captures nothing", Hint: "final belongs to the last capture"})
	}
}

// path is how the rules of manifests name a part of a payment.
var path = regexp.MustCompile(`^(captures|cancels|refunds)\[([0-9]+)\](?:\.(ref|amount|final|reason))?`)

// placed reports a fault of the payment at the cell that it comes from.
func (p *payment) placed(e *spec.Error) {
	r, t := p.rows[0], ID
	found := path.FindStringSubmatch(e.Path)
	switch {
	case found != nil:
		op := map[string]spec.Op{"captures": spec.Capture, "cancels": spec.Cancel, "refunds": spec.Refund}[found[1]]
		i, err := strconv.Atoi(found[2])
		if err != nil || i >= len(p.places[op]) {
			break
		}
		at := p.places[op][i]
		ref, _ := p.b.o.Columns.refOf(op)
		r, t = at.row, map[string]Target{"ref": ref, "amount": at.amount, "": at.amount, "final": Final, "reason": Reason}[found[3]]
	case e.Path == "merchantReference":
		t = MerchantReference
	case e.Path == "authorized":
		t = Authorized
	case strings.HasPrefix(e.Path, "captur"):
		t = Capture
	case strings.HasPrefix(e.Path, "cancel"):
		t = Cancel
	case strings.HasPrefix(e.Path, "refund"):
		t = Refund
	}
	if i := slices.IndexFunc(p.rows, func(r *row) bool { return r.text(t) != "" }); found == nil && i >= 0 {
		r = p.rows[i]
	}
	p.fault(r, t, e)
}

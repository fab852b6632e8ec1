package spec

import (
	"slices"
	"strings"
)

// Limits of the fields of a payment, in characters.
const (
	maxMerchantReference = 40
	maxReason            = 100
	maxRef               = 30
)

// reservedRef begins the refs that are derived for totals.
const reservedRef = "pr:"

var itemFields = []string{"ref", "amount", "final", "reason", "operation"}

// Indexes into itemFields.
const (
	fRef = iota
	fAmount
	fFinal
	fReason
	fOperation
)

// list reads the items of a kind.
func (r *paymentReader) list(op Op, i int32, name string, d *Desired) {
	if !r.is(i, sequence, field(name)) {
		return
	}
	d.Mode = Items
	count := 0
	for c := i + 1; c < r.t[i].end; c = r.t[c].end {
		count++
	}
	if count > 0 {
		d.Items = make([]Item, 0, count)
	}
	for c := i + 1; c < r.t[i].end; c = r.t[c].end {
		p := place{list: name, item: len(d.Items)}
		d.Items = append(d.Items, Item{Pos: r.pos(c)})
		it := &d.Items[p.item]
		if !r.is(c, mapping, p) {
			continue
		}
		r.fields(c, itemFields, r.item[:], p)
		r.readItem(op, c, p, it)
		r.unique(p, d.Items)
		if p.item > 0 && d.Items[p.item-1].Final {
			r.fault(c, p, "follows a final capture", "only the last capture can be final")
		}
	}
}

func (r *paymentReader) readItem(op Op, i int32, p place, it *Item) {
	if v := r.item[fRef]; v != 0 {
		it.Ref = r.ref(v, p.with("ref"))
	} else {
		r.fault(i, p.with("ref"), "is missing", "give the "+string(op)+" a name of its own, such as "+string(op)+"-1; keep it in later runs")
	}
	if v := r.item[fAmount]; v != 0 {
		it.Amount = r.positive(v, p.with("amount"))
	} else {
		r.fault(i, p.with("amount"), "is missing", "write the amount, such as "+example(r.exp))
	}
	if v := r.item[fFinal]; v != 0 {
		it.Final = r.final(op, v, p.with("final"))
	}
	if v := r.item[fReason]; v != 0 {
		if op != Refund {
			r.fault(v, p.with("reason"), "belongs to refunds only", "delete it")
		} else {
			it.Reason = r.reason(v, p.with("reason"))
		}
	}
	if v := r.item[fOperation]; v != 0 {
		it.Operation = r.operation(op, v, p.with("operation"))
	}
}

// reason reads a text that the platform and this program's records will keep.
func (r *paymentReader) reason(i int32, p place) string {
	s := r.text(i, p, maxReason)
	if hasCard(s) {
		r.fault(i, p, "seems to contain a card number", "card numbers must not be kept here: delete it")
		return ""
	}
	return s
}

// ref reads the name of an item: [A-Za-z0-9._:-]{1,30}.
func (r *paymentReader) ref(i int32, p place) string {
	if !r.is(i, scalar, p) {
		return ""
	}
	s := r.t[i].text
	switch {
	case s == "":
		r.fault(i, p, "is empty", "write a name, such as ship-1")
	case len(s) > maxRef:
		r.fault(i, p, "is over 30 characters long", "shorten it")
	case strings.HasPrefix(s, reservedRef):
		r.fault(i, p, quote(s)+" starts with "+reservedRef, "that is reserved for names that this program makes; choose another start")
	case !validRef(s):
		r.fault(i, p, quote(s)+" has a character that a ref cannot have", "letters, digits and . _ : - are possible")
	case s == r.p.MerchantReference:
		r.fault(i, p, "is equal to the payment's merchantReference", "choose a name of its own, such as "+short(s, maxRef-2)+"-1")
	default:
		return s
	}
	return ""
}

func validRef(s string) bool {
	for i := range len(s) {
		if c := s[i]; !plainByte[c] && c != ':' {
			return false
		}
	}
	return true
}

func short(s string, n int) string { return s[:min(n, len(s))] }

func (r *paymentReader) final(op Op, i int32, p place) bool {
	if !r.is(i, scalar, p) {
		return false
	}
	n := &r.t[i]
	switch {
	case op != Capture:
		r.fault(i, p, "belongs to captures only", "delete it")
	case n.quoted || n.text != "true" && n.text != "false":
		r.fault(i, p, "is neither true nor false", "write true or false, without quotes")
	}
	return n.text == "true"
}

// operation reads the id of an operation to adopt. It must be one of this
// payment.
func (r *paymentReader) operation(op Op, i int32, p place) string {
	if !r.is(i, scalar, p) {
		return ""
	}
	s := r.t[i].text
	err := parseOperationID(s)
	if err == nil && r.p.ID != "" { // a payment without one has that fault
		err = CheckOperationID(r.p.ID, op, s)
	}
	if err != nil {
		r.fail(i, p, err)
		return ""
	}
	return s
}

// unique reports a ref or an operation that an earlier item of the kind has.
func (r *paymentReader) unique(p place, items []Item) {
	last := &items[len(items)-1]
	before := items[:len(items)-1]
	if last.Ref != "" {
		if at := slices.IndexFunc(before, func(it Item) bool { return it.Ref == last.Ref }); at >= 0 {
			r.fault(r.item[fRef], p.with("ref"), quote(last.Ref)+" is used twice, first at "+before[at].Pos.String(),
				"give each "+p.list+" item a name of its own")
		}
	}
	if last.Operation != "" {
		same := func(it Item) bool { return it.Operation != "" && sameOperation(it.Operation, last.Operation) }
		if at := slices.IndexFunc(before, same); at >= 0 {
			r.fault(r.item[fOperation], p.with("operation"), quote(last.Operation)+" is adopted twice, first at "+before[at].Pos.String(),
				"an operation can be one item only")
		}
	}
}

// sameOperation compares operation ids across spellings: 3066177123_1 and
// 9000003066177123001 are one.
func sameOperation(a, b string) bool {
	baseA, opA := splitID(a)
	baseB, opB := splitID(b)
	return baseA == baseB && strings.TrimLeft(opA, "0") == strings.TrimLeft(opB, "0")
}

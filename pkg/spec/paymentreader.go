package spec

var paymentFields = []string{
	"id", "merchantReference", "currency", "authorized",
	"captures", "captured", "cancels", "cancelled", "refunds", "refunded",
}

// Indexes into paymentFields. Each kind has its items and, next to them, its
// total.
const (
	fID = iota
	fMerchantReference
	fCurrency
	fAuthorized
	fCaptures
	_
	fCancels
	_
	fRefunds
)

// A paymentReader turns the tree of one payment into a Payment.
type paymentReader struct {
	walker
	p      *Payment
	exp    int
	values [10]int32
	item   [5]int32

	noCurrency func(pos Pos, path string) // called when neither payment nor document has one
}

// read returns the payment at node i of the tree, and whether it is without
// fault. Its id is set whenever it could be read.
func (r *paymentReader) read(i int32, m *Manifest) (*Payment, bool) {
	r.bad = false
	r.p = &Payment{Manifest: m, Pos: r.pos(i)}
	if !r.is(i, mapping, field("")) {
		return r.p, false
	}
	r.fields(i, paymentFields, r.values[:], field(""))
	r.id(i)
	if v := r.values[fMerchantReference]; v != 0 {
		r.p.MerchantReference = r.text(v, field("merchantReference"), maxMerchantReference)
	}
	if r.currency(i, m.Currency) {
		if v := r.values[fAuthorized]; v != 0 {
			r.p.Authorized = r.positive(v, field("authorized"))
		}
		r.desired(Capture, fCaptures)
		r.desired(Cancel, fCancels)
		r.desired(Refund, fRefunds)
	}
	if !r.bad {
		r.possible()
	}
	return r.p, !r.bad
}

func (r *paymentReader) id(i int32) {
	v := r.values[fID]
	if v == 0 {
		r.fault(i, field("id"), "is missing", "write the id of the payment as the platform shows it, such as 3066177123_0")
		return
	}
	if !r.is(v, scalar, field("id")) {
		return
	}
	id, err := ParsePaymentID(r.t[v].text)
	if err != nil {
		r.fail(v, field("id"), err)
		return
	}
	r.p.ID = id
}

// currency settles the currency of the payment's amounts.
func (r *paymentReader) currency(i int32, fallback Currency) bool {
	r.p.Currency = fallback
	if v := r.values[fCurrency]; v != 0 {
		if !r.is(v, scalar, field("currency")) {
			return false
		}
		c, err := ParseCurrency(r.t[v].text)
		if err != nil {
			r.fail(v, field("currency"), err)
			return false
		}
		r.p.Currency = c
	}
	exp, ok := r.p.Currency.Exponent()
	if !ok {
		r.bad = true
		r.noCurrency(r.pos(i), r.path(field("currency")))
	}
	r.exp = exp
	return ok
}

// positive reads an amount above zero.
func (r *paymentReader) positive(i int32, p place) int64 {
	minor, ok := r.money(i, p, r.p.Currency, r.exp)
	if ok && minor == 0 {
		r.fault(i, p, "amount is zero", "the smallest amount is "+formatDecimal(1, r.exp)+"; leave it out if there is none")
	}
	return minor
}

// desired reads the items or the total of a kind. The total's key stands behind
// that of the items in paymentFields.
func (r *paymentReader) desired(op Op, f int) {
	items, total := r.values[f], r.values[f+1]
	d := r.p.Desired(op)
	switch {
	case items != 0 && total != 0:
		r.fault(total, field(paymentFields[f+1]), "stands beside "+paymentFields[f],
			"name the operations under "+paymentFields[f]+", or their sum under "+paymentFields[f+1]+", not both")
	case items != 0:
		d.Pos = r.pos(items)
		r.list(op, items, paymentFields[f], d)
	case total != 0:
		d.Pos = r.pos(total)
		r.total(op, total, field(paymentFields[f+1]), d)
	}
}

func (r *paymentReader) total(op Op, i int32, p place, d *Desired) {
	if n := &r.t[i]; n.kind == scalar && n.flaw == sound && n.text == "all" {
		if op == Refund {
			r.fault(i, p, "cannot be all", "write the sum to be refunded, such as "+example(r.exp)+": money given back needs its amount")
			return
		}
		d.Mode = All
		return
	}
	if minor, ok := r.money(i, p, r.p.Currency, r.exp); ok {
		d.Mode, d.Total = Total, minor
	}
}

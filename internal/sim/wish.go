package sim

import (
	"fmt"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// newPayment draws a payment and what is wished of it.
func newPayment(seed uint64, n int, t traits) *payment {
	d := drawFor(seed, "payment", n)
	p := &payment{
		n: n, base: fmt.Sprint(3_066_177_100 + int64(n)), currency: "EUR", reference: fmt.Sprint("order-", n),
		declared: true, sale: d.oneIn(4),
	}
	if d.oneIn(5) {
		p.currency = pick(d, spec.Currency("JPY"), "KWD", "GBP")
	}
	p.authorized = 10 * d.between(40, 2000)
	p.draw(d, t)
	if d.oneIn(10) && !p.sale {
		p.begun(d)
	}
	return p
}

// begun makes a part of the payment be captured before the story begins.
func (p *payment) begun(d *draw) {
	c := &p.wish.captures
	switch {
	case c.mode == spec.Items && len(c.items) > 1:
		p.seeded = fmt.Sprintf(`,"operations":[{"kind":"capture","amount":%d,"ref":%q}]`, c.items[0].amount, c.items[0].ref)
	case c.mode == spec.Total && c.total > 20:
		p.seeded = fmt.Sprintf(`,"operations":[{"kind":"capture","amount":%d}]`, 10*d.between(1, c.total/10-1))
	}
}

// magic are amounts of which the platform makes something special.
var magic = map[spec.Op][]int64{spec.Capture: {1309, 1209}, spec.Cancel: {1306, 1206}, spec.Refund: {1303, 1203}}

// draw draws what is wished of the payment.
func (p *payment) draw(d *draw, t traits) {
	x := &p.wish
	some := func(limit int64) desire { return desire{mode: spec.Total, total: max(10, 10*d.between(1, limit/10))} }
	if p.sale {
		if x.refunds = some(p.authorized); d.oneIn(2) {
			x.refunds = p.items(d, t, spec.Refund, p.authorized)
		}
		return
	}
	all := desire{mode: spec.All}
	half := p.authorized / 20 * 10
	switch d.intn(10) {
	case 0, 1:
		x.captures = p.items(d, t, spec.Capture, p.authorized)
	case 2:
		x.captures = some(p.authorized)
	case 3:
		x.captures = all
	case 4:
		x.cancels = all
	case 5:
		x.captures, x.cancels = p.items(d, t, spec.Capture, half), p.items(d, t, spec.Cancel, half)
	case 6:
		x.captures = some(half)
		x.cancels = desire{mode: spec.Total, total: p.authorized - x.captures.total}
	case 7:
		x.captures, x.refunds = all, some(half)
	case 8:
		x.captures = p.items(d, t, spec.Capture, p.authorized)
		x.captures.items[len(x.captures.items)-1].final = true
		x.refunds = p.items(d, t, spec.Refund, x.captures.sum())
	default:
		x.captures, x.cancels = p.items(d, t, spec.Capture, half), all
	}
	if x.cancels.mode != spec.Unmanaged && len(x.captures.items) > 0 { // a final capture leaves nothing to cancel
		x.captures.items[len(x.captures.items)-1].final = false
	}
}

// items draws one to three items that come to at most so much.
func (p *payment) items(d *draw, t traits, op spec.Op, limit int64) (x desire) {
	x.mode = spec.Items
	for range 1 + d.intn(3) {
		if limit < 20 {
			break
		}
		i := item{ref: p.newRef(op), amount: 10 * d.between(1, limit/10)}
		if m := magic[op]; t.magic && d.oneIn(4) {
			if a := m[d.intn(len(m))]; a <= limit && p.currency == "EUR" {
				i.amount = a
			}
		}
		if op == spec.Refund && d.oneIn(3) {
			i.reason = "damaged"
		}
		x.items = append(x.items, i)
		limit -= i.amount
	}
	if op == spec.Capture && d.oneIn(3) {
		x.items[len(x.items)-1].final = true
	}
	return x
}

func (p *payment) newRef(op spec.Op) string {
	p.refs++
	return fmt.Sprintf("%c-%d", op[0], p.refs)
}

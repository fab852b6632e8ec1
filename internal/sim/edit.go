package sim

import (
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// edit changes what is declared of a payment, whatever is under way.
func (p *payment) edit(d *draw, w *world) {
	p.edited = true
	op := pick(d, spec.Capture, spec.Cancel, spec.Refund)
	for _, o := range spec.Ops { // rather a kind that is declared
		if p.wish.of(o).mode != spec.Unmanaged && d.oneIn(2) {
			op = o
		}
	}
	x := p.wish.of(op)
	what := "takes the payment out or back in"
	switch d.intn(9) {
	case 0:
		p.declared = !p.declared
	case 1, 2:
		what = "changes the total"
		if op != spec.Refund && d.oneIn(4) {
			*x = desire{mode: spec.All}
		} else {
			*x = desire{mode: spec.Total, total: 10 * d.between(1, p.authorized/10)}
		}
	case 3:
		what = "takes the kind out"
		*x = desire{}
	case 4:
		what = "declares it anew"
		p.wish = wish{}
		p.draw(d, w.traits)
	default:
		what = p.editItem(d, x, op)
	}
	w.count("edited")
	w.note(p.n, "an operator %s of %s: %s", what, op, p.declaration(0))
}

// editItem changes the items of a kind; what is not declared by items now is.
func (p *payment) editItem(d *draw, x *desire, op spec.Op) string {
	if x.mode != spec.Items || len(x.items) == 0 {
		*x = desire{mode: spec.Items, items: []item{{ref: p.newRef(op), amount: 10 * d.between(1, p.authorized/10)}}}
		return "declares an item"
	}
	i := d.intn(len(x.items))
	items := append([]item(nil), x.items...)
	x.items = items
	switch d.intn(6) {
	case 0:
		items[i].amount = 10 * d.between(1, p.authorized/10)
		return "changes the amount of an item"
	case 1:
		items[i].ref = p.newRef(op)
		return "renames an item"
	case 2:
		if last := &items[len(items)-1]; op == spec.Capture {
			last.final = !last.final
		}
		return "makes the last item final or not"
	case 3:
		if op == spec.Refund {
			items[i].reason = pick(d, "", "late", "damaged", "wrong size")
		}
		return "changes the reason of an item"
	case 4:
		x.items = append(items[:i], items[i+1:]...)
		return "takes an item out"
	default:
		items[len(items)-1].final = false
		x.items = append(items, item{ref: p.newRef(op), amount: 10 * d.between(1, max(1, p.authorized/40))})
		return "adds an item"
	}
}

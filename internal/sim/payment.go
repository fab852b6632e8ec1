package sim

import (
	"fmt"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A payment is one of a story, with what is wished of it.
type payment struct {
	n          int
	base       string
	authorized int64
	currency   spec.Currency
	sale       bool
	reference  string
	seeded     string // operations that are there from the start, as JSON
	wish       wish
	declared   bool // it stands in the manifest
	edited     bool // the wish was changed after it was first planned
	foreign    bool // somebody worked on it in the portal
	refs       int  // how many refs it was given
}

// A wish is what the manifest declares of a payment.
type wish struct{ captures, cancels, refunds desire }

// A desire is what is declared of a kind.
type desire struct {
	mode  spec.Mode
	items []item
	total int64
}

type item struct {
	ref    string
	amount int64
	final  bool
	reason string
}

func (x *wish) of(op spec.Op) *desire {
	switch op {
	case spec.Capture:
		return &x.captures
	case spec.Cancel:
		return &x.cancels
	default:
		return &x.refunds
	}
}

func (d *desire) sum() (n int64) {
	if d.mode == spec.Total {
		return d.total
	}
	for _, i := range d.items {
		n += i.amount
	}
	return n
}

func (p *payment) id() string { return p.base + "_0" }

// seed is the line that makes the payment on the platform.
func (p *payment) seed() string {
	mode := ""
	if p.sale {
		mode = `,"mode":"SALE"`
	}
	return fmt.Sprintf(`{"id":%q,"amount":%d,"currency":%q,"merchantReference":%q%s%s}`+"\n",
		p.id(), p.authorized, p.currency, p.reference, mode, p.seeded)
}

// declaration is the payment's line in a manifest, with its id in one of the
// spellings that mean the same.
func (p *payment) declaration(spelling int) string {
	id := [...]string{p.base + "_0", p.base, "900000" + p.base + "000"}[spelling]
	var b strings.Builder
	fmt.Fprintf(&b, "    - {id: %q, currency: %s", id, p.currency)
	for _, k := range [...]struct {
		items, total string
		d            *desire
	}{{"captures", "captured", &p.wish.captures}, {"cancels", "cancelled", &p.wish.cancels}, {"refunds", "refunded", &p.wish.refunds}} {
		switch k.d.mode {
		case spec.Total:
			fmt.Fprintf(&b, ", %s: %s", k.total, p.decimal(k.d.total))
		case spec.All:
			fmt.Fprintf(&b, ", %s: all", k.total)
		case spec.Items:
			fmt.Fprintf(&b, ", %s: [%s]", k.items, p.list(k.d.items))
		case spec.Unmanaged:
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func (p *payment) list(items []item) string {
	texts := make([]string, len(items))
	for i, it := range items {
		t := fmt.Sprintf("{ref: %s, amount: %s", it.ref, p.decimal(it.amount))
		if it.final {
			t += ", final: true"
		}
		if it.reason != "" {
			t += ", reason: " + it.reason
		}
		texts[i] = t + "}"
	}
	return strings.Join(texts, ", ")
}

func (p *payment) decimal(minor int64) string {
	return spec.Money{Minor: minor, Currency: p.currency}.Decimal()
}

// header begins the manifest of every story.
const header = "apiVersion: payreconcile/v1\nkind: Settlement\nspec:\n  payments:\n"

// manifest is what is declared of some payments.
func (w *world) manifest(d *draw, payments []*payment) string {
	var b strings.Builder
	b.WriteString(header)
	for _, p := range payments {
		b.WriteString(p.declaration(d.intn(3)))
	}
	return b.String()
}

// kindOf is how the ledger calls a kind.
func kindOf(op spec.Op) sandbox.Kind {
	switch op {
	case spec.Capture:
		return sandbox.Capture
	case spec.Cancel:
		return sandbox.Cancel
	default:
		return sandbox.Refund
	}
}

// unit is how captures in a currency without two decimals are written.
func unit(hundredths bool) (plan.CaptureUnit, string) {
	if hundredths {
		return plan.CaptureUnitHundredths, sandbox.UnitHundredths
	}
	return plan.CaptureUnitMinor, sandbox.UnitMinor
}

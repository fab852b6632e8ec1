package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Compared are two plans, and what finds the payments in which they differ.
type Compared struct {
	OldHeader, NewHeader plan.Header
	OldFooter, NewFooter plan.Footer
	Payments             func(found func(plan.Change) error) (plan.Comparison, error)
}

// SameWorld reports that both plans want, saw and do the same.
func (c *Compared) SameWorld() bool { return c.OldFooter.ContentID == c.NewFooter.ContentID }

// PlanDiff shows what changed from one plan to another: payments as they are
// found, then their number, the money and what the plans were made from. It
// holds none of the payments.
func PlanDiff(w io.Writer, c Compared, s Style) error {
	v := &diffView{printer: newPrinter(w, s), Compared: c}
	v.line(v.paint(strong, "Plan for "+v.word(c.OldHeader.Environment)+", merchant "+v.word(c.OldHeader.Merchant)))
	v.line("  old  plan ", v.word(short(c.OldFooter.PlanID)), "  content ", v.word(short(c.OldFooter.ContentID)), "  made ", clock(c.OldHeader.Created))
	v.line("  new  plan ", v.word(short(c.NewFooter.PlanID)), "  content ", v.word(short(c.NewFooter.ContentID)), "  made ", clock(c.NewHeader.Created))
	v.line()
	if c.SameWorld() {
		v.line(v.paint(good, "The same: both plans want, saw and do the same."))
		v.madeFrom()
		return v.close()
	}
	sums, err := c.Payments(v.payment)
	if err != nil {
		return err
	}
	if sums.Added+sums.Removed+sums.Changed > 0 {
		v.line()
	}
	v.line(v.paint(strong, comparedLine(sums)))
	if sums.Reordered {
		v.line("The payments stand in another order.")
	}
	v.money()
	v.madeFrom()
	return v.close()
}

type diffView struct {
	*printer
	Compared
}

func comparedLine(c plan.Comparison) string {
	return fmt.Sprintf("%s added, %s removed, %s changed, %s the same", count(c.Added, "payment"), number(c.Removed), number(c.Changed), number(c.Same))
}

func (v *diffView) payment(c plan.Change) error {
	mark, role, e := "~", wait, c.After
	switch {
	case c.Before == nil:
		mark, role = "+", good
	case c.After == nil:
		mark, role, e = "-", alarm, c.Before
	}
	v.line(v.paint(role, mark+" "+v.word(string(e.Content.Payment))+"  "+v.word(reference(e))))
	if c.Before == nil || c.After == nil {
		v.actions(mark, role, e, e.Content.Actions, false, len(e.Content.Actions) == 0)
		return v.err
	}
	a, b := &c.Before.Content, &c.After.Content
	removed, added := actionDifferences(a.Actions, b.Actions)
	keys := v.lookAlike(c, removed, added)
	v.actions("-", alarm, c.Before, removed, keys, len(a.Actions) == 0 && len(b.Actions) > 0)
	v.actions("+", good, c.After, added, keys, len(b.Actions) == 0 && len(a.Actions) > 0)
	rest := paymentDifferences(a, b)
	for _, d := range rest {
		v.difference("    ", d)
	}
	if len(removed)+len(added)+len(rest) == 0 {
		v.line("    the operations that were read, or the order of actions")
	}
	return v.err
}

func (v *diffView) actions(mark string, r role, e *plan.Entry, actions []plan.Action, keys, none bool) {
	if none {
		v.line("    ", v.paint(r, mark+" as declared"))
	}
	for _, a := range actions {
		v.line("    ", v.paint(r, mark+" "+v.action(e, a, keys)))
	}
}

// lookAlike reports that only their keys tell some actions apart.
func (v *diffView) lookAlike(c plan.Change, removed, added []plan.Action) bool {
	for _, x := range removed {
		for _, y := range added {
			if v.action(c.Before, x, false) == v.action(c.After, y, false) {
				return true
			}
		}
	}
	return false
}

// action is an action on one line, with everything in which two can differ.
func (v *diffView) action(e *plan.Entry, a plan.Action, keys bool) string {
	money := func(minor int64) spec.Money { return spec.Money{Minor: minor, Currency: e.Content.Currency} }
	text := v.clean(string(a.Kind))
	if !a.Kind.Calls() && a.Op != "" {
		text += " " + v.clean(string(a.Op))
	}
	if a.Ref != "" {
		text += " " + v.word(a.Ref)
	}
	if a.Amount != 0 {
		text += "  " + v.Style.money(a.Amount, e.Content.Currency)
	}
	if a.Kind.Calls() {
		text += "  " + money(a.Before).Decimal() + " " + v.arrow() + " " + money(a.After).Decimal()
	}
	var more []string
	for _, x := range []struct {
		is   bool
		what string
	}{
		{a.Final, "final"},
		{a.Attempt > 1, fmt.Sprintf("attempt %d", a.Attempt)},
		{a.Reason != "", v.clean(string(a.Reason))},
		{a.Note != "", "reason " + v.word(a.Note)},
		{a.Operation != "", "operation " + v.word(a.Operation)},
		{keys && a.Key != "", "key " + v.clean(short(string(a.Key)))},
	} {
		if x.is {
			more = append(more, x.what)
		}
	}
	if len(more) > 0 {
		text += "  " + strings.Join(more, ", ")
	}
	return text
}

func (v *diffView) difference(indent string, d difference) {
	before, after := v.word(d.before), v.word(d.after)
	if d.ours {
		before, after = d.before, d.after
	}
	v.line(indent, v.clean(d.what), ": ", before, " ", v.arrow(), " ", after)
}

func (v *diffView) madeFrom() {
	all := headerDifferences(v.OldHeader, v.NewHeader, v.OldFooter, v.NewFooter)
	if len(all) == 0 {
		return
	}
	v.line()
	v.line("Made from other things:")
	for _, d := range all {
		if strings.HasPrefix(d.what, "manifest ") {
			d.before, d.after = short(d.before), short(d.after)
		}
		v.difference("  ", d)
	}
}

// money shows what the calls move, before and after, by currency and action.
func (v *diffView) money() {
	pairs := moneyPairs(v.OldFooter.Money, v.NewFooter.Money)
	if len(pairs) == 0 {
		return
	}
	v.line()
	t := &table{p: v.printer, indent: "  "}
	for _, p := range pairs {
		t.add(row{cells: []cell{
			{text: v.clean(string(p.currency))},
			{text: v.clean(string(p.action))},
			{text: count(p.old.Count, "call"), right: true},
			{text: v.Style.money(p.old.Amount, p.currency), right: true},
			{text: v.arrow()},
			{text: count(p.now.Count, "call"), right: true},
			{text: v.Style.money(p.now.Amount, p.currency), right: true},
			{text: v.clean(p.difference()), right: true, role: strong},
		}})
	}
	t.flush()
}

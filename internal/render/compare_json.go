package render

import (
	"cmp"
	"io"
	"slices"
	"time"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A DiffDocument is what "plan diff --json" prints.
type DiffDocument struct {
	DiffHead
	// Payments in which the plans differ: changed and added ones in the order of the new plan, then removed ones in the order of the old one.
	Payments []DiffPayment `json:"payments"`
	DiffTail
}

// A DiffHead is what stands before the payments.
type DiffHead struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=plan_diff"`
	// Name of the environment of both plans.
	Environment string `json:"environment"`
	// Merchant id (PSPID) of both plans.
	Merchant string `json:"merchant"`
	// The plan that is compared with.
	Old DiffPlan `json:"old"`
	// The plan that is compared.
	New DiffPlan `json:"new"`
	// Both plans want, saw and do the same: their content ids are equal.
	Same bool `json:"same"`
}

// A DiffPlan is one of the two plans.
type DiffPlan struct {
	// Id of the plan.
	PlanID string `json:"plan_id"`
	// Id of what is wanted, observed and to be done.
	ContentID string `json:"content_id"`
	// When the plan was made.
	Created time.Time `json:"created"`
}

// A DiffPayment is a payment in which the plans differ.
type DiffPayment struct {
	// Id as declared.
	Payment string `json:"payment"`
	// The merchant's reference.
	MerchantReference string `json:"merchant_reference,omitempty"`
	// Whether the new plan has it alone, the old one does, or both do.
	Change string `json:"change" jsonschema:"enum=added,enum=removed,enum=changed"`
	// Actions that the new plan does not have.
	ActionsRemoved []PlanAction `json:"actions_removed"`
	// Actions that the old plan does not have.
	ActionsAdded []PlanAction `json:"actions_added"`
	// What else differs of a changed payment: what is declared, and what the platform showed.
	Differences []DiffField `json:"differences"`
}

// A DiffField is one thing that the plans say differently.
type DiffField struct {
	// What it is.
	What string `json:"what"`
	// What the old plan says, for people; empty for nothing.
	Old string `json:"old"`
	// What the new plan says.
	New string `json:"new"`
}

// A DiffTail is what stands behind the payments.
type DiffTail struct {
	// Numbers of payments.
	Counts DiffCounts `json:"counts"`
	// Payments of both plans stand in another order.
	Reordered bool `json:"reordered"`
	// Money that the calls move, by currency and action.
	Money []DiffMoney `json:"money"`
	// What the plans were made from and by, where that differs.
	MadeFrom []DiffField `json:"made_from"`
}

// DiffCounts are numbers of payments. All are zero when the plans are the same.
type DiffCounts struct {
	// Payments that only the new plan has.
	Added int64 `json:"added"`
	// Payments that only the old plan has.
	Removed int64 `json:"removed"`
	// Payments in which both differ.
	Changed int64 `json:"changed"`
	// Payments in which both are the same.
	Same int64 `json:"same"`
}

// DiffMoney is what the calls of one kind move in one currency.
type DiffMoney struct {
	// Kind of the calls.
	Action string `json:"action" jsonschema:"enum=capture,enum=cancel,enum=refund"`
	// Number of calls in the old plan.
	OldCalls int64 `json:"old_calls"`
	// Their sum.
	Old Money `json:"old"`
	// Number of calls in the new plan.
	NewCalls int64 `json:"new_calls"`
	// Their sum.
	New Money `json:"new"`
	// How much more the new plan moves; negative when it moves less.
	Difference Money `json:"difference"`
}

// PlanDiffJSON writes a comparison as one DiffDocument, payment by payment.
func PlanDiffJSON(w io.Writer, c Compared) error {
	d := newDocument(w)
	d.open(DiffHead{
		FormatVersion: FormatVersion, Kind: "plan_diff", Environment: c.OldHeader.Environment, Merchant: c.OldHeader.Merchant,
		Old: diffPlan(c.OldHeader, c.OldFooter), New: diffPlan(c.NewHeader, c.NewFooter), Same: c.SameWorld(),
	}, "payments")
	var sums plan.Comparison
	if !c.SameWorld() {
		isFirst := true
		var err error
		if sums, err = c.Payments(func(x plan.Change) error {
			d.item(diffPayment(x), isFirst)
			isFirst = false
			return d.err
		}); err != nil {
			_ = d.flush() // what went wrong with the plans matters more
			return err
		}
	}
	tail := DiffTail{
		Counts:    DiffCounts{Added: sums.Added, Removed: sums.Removed, Changed: sums.Changed, Same: sums.Same},
		Reordered: sums.Reordered, Money: []DiffMoney{},
		MadeFrom: diffFields(headerDifferences(c.OldHeader, c.NewHeader, c.OldFooter, c.NewFooter)),
	}
	for _, p := range moneyPairs(c.OldFooter.Money, c.NewFooter.Money) {
		tail.Money = append(tail.Money, DiffMoney{
			Action: string(p.action), OldCalls: p.old.Count, Old: moneyOf(p.old.Amount, p.currency), NewCalls: p.now.Count,
			New: moneyOf(p.now.Amount, p.currency), Difference: moneyOf(p.now.Amount-p.old.Amount, p.currency),
		})
	}
	d.end(tail)
	return d.flush()
}

func diffPlan(h plan.Header, f plan.Footer) DiffPlan {
	return DiffPlan{PlanID: f.PlanID, ContentID: f.ContentID, Created: h.Created}
}

func diffPayment(c plan.Change) DiffPayment {
	e, change := c.After, "changed"
	var a, b []plan.Action
	var rest []difference
	switch {
	case c.Before == nil:
		change, b = "added", c.After.Content.Actions
	case c.After == nil:
		e, change, a = c.Before, "removed", c.Before.Content.Actions
	default:
		a, b = actionDifferences(c.Before.Content.Actions, c.After.Content.Actions)
		rest = paymentDifferences(&c.Before.Content, &c.After.Content)
	}
	out := DiffPayment{
		Payment: string(e.Content.Payment), MerchantReference: reference(e), Change: change,
		ActionsRemoved: []PlanAction{}, ActionsAdded: []PlanAction{}, Differences: diffFields(rest),
	}
	for _, x := range a {
		out.ActionsRemoved = append(out.ActionsRemoved, planAction(x, c.Before.Content.Currency))
	}
	for _, x := range b {
		out.ActionsAdded = append(out.ActionsAdded, planAction(x, c.After.Content.Currency))
	}
	return out
}

func diffFields(all []difference) []DiffField {
	fields := make([]DiffField, len(all))
	for i, d := range all {
		fields[i] = DiffField{What: d.what, Old: d.before, New: d.after}
	}
	return fields
}

// A moneyPair is the money of one kind and currency in both plans.
type moneyPair struct {
	currency spec.Currency
	action   plan.Kind
	old, now plan.Sum
}

// difference has a sign, unless there is none.
func (p moneyPair) difference() string {
	m := spec.Money{Minor: p.now.Amount - p.old.Amount, Currency: p.currency}
	switch {
	case m.Minor == 0:
		return "the same"
	case m.Minor > 0:
		return "+" + m.String()
	}
	return m.String()
}

// moneyPairs puts the sums of two plans side by side, by currency and action.
func moneyPairs(old, now []plan.Sum) []moneyPair {
	var pairs []moneyPair
	at := func(s plan.Sum) *moneyPair {
		p := moneyPair{currency: s.Currency, action: s.Action}
		i, found := slices.BinarySearchFunc(pairs, p, func(x, y moneyPair) int {
			return cmp.Or(cmp.Compare(x.currency, y.currency), cmp.Compare(x.action, y.action))
		})
		if !found {
			pairs = slices.Insert(pairs, i, p)
		}
		return &pairs[i]
	}
	for _, s := range old {
		at(s).old = s
	}
	for _, s := range now {
		at(s).now = s
	}
	return pairs
}

package render

import (
	"strconv"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// An mdPart is a table of a plan in Markdown. Their order is how much people
// need them.
type mdPart int

const (
	mdDenied mdPart = iota
	mdDoubt
	mdTwice
	mdDrift
	mdBlocked
	mdFinal
	mdCapture
	mdWaiting
	mdParts
)

// ofSection is the part that shows a section.
var ofSection = [sections]mdPart{
	inDoubt: mdDoubt, duplicate: mdTwice, blocked: mdBlocked, final: mdFinal, capture: mdCapture, waiting: mdWaiting,
}

const (
	reasonColumns = "| Payment | Reference | What | Why, and what to do | Declared in |\n|---|---|---|---|---|\n"
	callColumns   = "| Payment | Reference | Call | Amount | Before → after | Notes |\n|---|---|---|---:|---|---|\n"
)

// mdFrames are the words around the tables. A folded one opens by a click.
var mdFrames = [mdParts]struct {
	title, one, columns string
	folded              bool
}{
	mdDenied:  {"Denied by policy", "nothing is sent before this is resolved", "| Rule | Payment | Why, and what to do | Declared in |\n|---|---|---|---|\n", false},
	mdDoubt:   {"In doubt", "nobody knows yet whether an earlier call moved money", reasonColumns, false},
	mdTwice:   {"Made twice on the platform", "money may have moved twice", reasonColumns, false},
	mdDrift:   {"Changed after they were accepted", "earlier calls of ours", reasonColumns, false},
	mdBlocked: {"Blocked", "cannot be reached, or not safe", reasonColumns, false},
	mdFinal:   {"Calls that cannot be taken back", "refunds, cancels, final captures", callColumns, true},
	mdCapture: {"Captures", "money goes back only by a refund", callColumns, true},
	mdWaiting: {"Waiting", "no call now; plan again later", reasonColumns, true},
}

// An mdRow is one row of a table, and the money that it moves.
type mdRow struct {
	text string
	sum  plan.Sum // of calls
}

// mdRows makes the rows of one payment: those of one part, or all of them for
// mdParts.
func mdRows(e *plan.Entry, only mdPart, add func(mdPart, mdRow)) error {
	if only == mdDrift || only == mdParts {
		for _, d := range e.Content.Drift {
			add(mdDrift, mdRow{text: driftRow(e, d)})
		}
	}
	for i := range e.Content.Actions {
		a := &e.Content.Actions[i]
		in, err := sectionOf(*a)
		if err != nil {
			return err
		}
		switch part := ofSection[in]; {
		case only != mdParts && only != part:
		case a.Kind.Calls():
			add(part, mdRow{text: callRow(e, a), sum: plan.Sum{Action: a.Kind, Amount: a.Amount, Count: 1, Currency: e.Content.Currency}})
		default:
			add(part, mdRow{text: reasonRow(e, a)})
		}
	}
	return nil
}

// mdLine joins cells, none of which holds a "|".
func mdLine(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

func mdPayment(e *plan.Entry) (id, ref string) {
	return mdCode(string(e.Content.Payment), maxWord), mdCode(reference(e), maxWord)
}

func callRow(e *plan.Entry, a *plan.Action) string {
	id, ref := mdPayment(e)
	limit := mdDecimal(e.Content.Have.Authorized, e.Content.Currency)
	if a.Kind == plan.Refund {
		limit = mdDecimal(capturedAfter(e), e.Content.Currency) + " captured"
	}
	var notes []string
	if a.Final {
		notes = append(notes, "**final**")
	}
	if a.Attempt > 1 {
		notes = append(notes, "attempt "+strconv.Itoa(a.Attempt))
	}
	if a.Note != "" {
		notes = append(notes, "reason "+mdCode(a.Note, maxWord))
	}
	if a.Message != "" {
		notes = append(notes, mdText(a.Message))
	}
	steps := mdDecimal(a.Before, e.Content.Currency) + " → " + mdDecimal(a.After, e.Content.Currency) + " of " + limit
	return mdLine(id, ref, mdVerb(string(a.Kind))+" "+mdCode(a.Ref, maxWord), mdMoney(a.Amount, e.Content.Currency), steps, strings.Join(notes, ", "))
}

func mdDecimal(minor int64, c spec.Currency) string {
	return grouped(spec.Money{Minor: minor, Currency: c}.Decimal())
}

func reasonRow(e *plan.Entry, a *plan.Action) string {
	id, ref := mdPayment(e)
	what := "the payment"
	if a.Op != "" {
		what = mdVerb(string(a.Op))
		if a.Ref != "" {
			what += " " + mdCode(a.Ref, maxWord)
		}
		if a.Amount > 0 {
			what += " of " + mdMoney(a.Amount, e.Content.Currency)
		}
	}
	why := a.Message
	if why == "" {
		why = string(a.Reason)
	}
	if a.Kind != plan.Blocked {
		why = string(a.Kind) + ": " + why
	}
	return mdLine(id, ref, what, mdText(why)+mdHint(a.Hint), mdCode(e.Source, maxWord))
}

func driftRow(e *plan.Entry, d plan.Drift) string {
	id, ref := mdPayment(e)
	why := "refused after it was accepted"
	if d.Kind != "refused_after_acceptance" {
		why = mdText(d.Kind)
	}
	return mdLine(id, ref, mdVerb(string(d.Op))+" "+mdCode(d.Ref, maxWord), why+", operation "+mdCode(d.Operation, maxWord), mdCode(e.Source, maxWord))
}

func denialRow(d plan.Denial) string {
	what := "the whole plan"
	if d.Payment != "" {
		what = mdCode(d.Payment, maxWord)
		if d.Ref != "" {
			what += " " + mdCode(d.Ref, maxWord)
		}
	}
	return mdLine(mdCode(d.Rule, maxWord), what, mdText(d.Message)+mdHint(d.Override), mdCode(d.Source, maxWord))
}

func mdHint(hint string) string {
	if hint == "" {
		return ""
	}
	return " – hint: " + mdText(hint)
}
